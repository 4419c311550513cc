// <output data-sum="score-"> is the sum of the fields of its form whose names begin so, as far as they are numbers.
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form) return;
  for (const sum of form.querySelectorAll("[data-sum]")) {
    const typed = [...form.querySelectorAll(`[name^="${sum.dataset.sum}"]`)].map((field) => field.value.normalize("NFKC").trim());
    const tenths = typed.filter((points) => /^\d{1,3}(\.\d+)?$/.test(points)).map((points) => Math.round(Number(points) * 10));
    sum.textContent = String(tenths.reduce((all, points) => all + points, 0) / 10);
    grade(form, Number(sum.textContent));
  }
});

// What the sum stands for: <output data-bands="85 excellent 优秀,…,0 unqualified 不合格"> names the highest it reaches, and
// [data-apart] is shown while another grade is chosen.
function grade(form, total) {
  const shown = form.querySelector("[data-bands]");
  if (!shown) return;
  const bands = shown.dataset.bands.split(",").map((band) => band.split(" "));
  const [, code, label] = bands.find(([least]) => total >= Number(least));
  const chosen = form.querySelector("[name=grade]:checked");
  shown.textContent = label;
  form.querySelector("[data-apart]").hidden = !chosen || chosen.value === code;
}
