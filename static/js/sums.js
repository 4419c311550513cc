// <output data-sum="score-"> is the sum of the fields of its form whose names begin so, as far as they are numbers.
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form) return;
  for (const sum of form.querySelectorAll("[data-sum]")) {
    const typed = [...form.querySelectorAll(`[name^="${sum.dataset.sum}"]`)].map((field) => field.value.normalize("NFKC").trim());
    const tenths = typed.filter((points) => /^\d{1,3}(\.\d+)?$/.test(points)).map((points) => Math.round(Number(points) * 10));
    sum.textContent = String(tenths.reduce((all, points) => all + points, 0) / 10);
  }
});
