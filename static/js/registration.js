// The registration form: what an identity number says is shown beside it, and what only students fill in is shown to
// them. Nothing here decides: the server reads the number and asks the rules itself.

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

function read(typed) {
  const number = typed.normalize("NFKC").replace(/\s/g, "").toUpperCase();
  if (!/^[1-9]\d{16}[\dX]$/.test(number)) return null;
  const sum = WEIGHTS.reduce((total, weight, place) => total + weight * Number(number[place]), 0);
  if ("10X98765432"[sum % 11] !== number[17]) return null;
  const [year, month, day] = [number.slice(6, 10), number.slice(10, 12), number.slice(12, 14)].map(Number);
  const born = new Date(year, month - 1, day);
  if (born.getMonth() !== month - 1 || born.getDate() !== day) return null;
  return { sex: Number(number[16]) % 2 ? "男" : "女", born: `${year}年${month}月${day}日` };
}

function identity(form) {
  const input = form.querySelector("[data-id-number]");
  const line = form.querySelector("[data-identity]");
  if (!input || !line) return;
  const person = read(input.value);
  line.hidden = !person;
  if (!person) return;
  line.querySelector("[data-sex]").textContent = person.sex;
  line.querySelector("[data-born]").textContent = person.born;
}

function students(form) {
  const chosen = form.querySelector('[name="personnel_type"]:checked');
  const student = chosen && chosen.value === "graduate";
  for (const part of form.querySelectorAll("[data-for-students]")) {
    // A part that holds something, or an error, is never hidden from who typed it.
    const filled = [...part.querySelectorAll("input, textarea")].some((field) => field.value.trim());
    part.hidden = !student && !filled && !part.querySelector(".err");
  }
}

for (const form of document.querySelectorAll("[data-registration]")) {
  identity(form);
  students(form);
  form.addEventListener("input", () => identity(form));
  form.addEventListener("change", () => students(form));
}
