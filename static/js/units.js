// The form of a unit: what the first two characters of its credit code say is shown while it is typed, and the kind they
// speak for is chosen where none is yet. Nothing here decides: the server judges what is sent.

for (const code of document.querySelectorAll("[data-prefixes]")) {
  const prefixes = JSON.parse(code.dataset.prefixes);
  const line = document.querySelector("[data-prefix-hint]");
  const kind = code.form.elements.namedItem("host_type");
  const hint = () => {
    const typed = code.value.normalize("NFKC").replace(/\s/g, "").toUpperCase();
    const [words, suggested] = prefixes[typed.slice(0, 2)] ?? ["", ""];
    if (suggested && kind && !kind.value) kind.value = suggested;
    const chosen = kind?.selectedOptions[0];
    const differs = suggested && kind?.value && kind.value !== suggested;
    line.textContent = words && differs ? `${words}与所选的“${chosen.text}”不一致，请核对。` : words;
    line.hidden = !words;
  };
  code.addEventListener("input", hint);
  kind?.addEventListener("change", hint);
  if (code.value) hint();
}
