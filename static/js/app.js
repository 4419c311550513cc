// What every page needs. Each module listens on the document, so that parts which htmx swaps in work at once; what has
// to be prepared on an element is done by `dress`, again for each new part, and twice does no harm.
import "./account.js";
import "./desk.js";
import "./dialogs.js";
import "./drafts.js";
import "./keys.js";
import "./requests.js";
import "./session.js";
import "./submit.js";
import "./sums.js";
import { dress as dressDates } from "./dates.js";
import { dress as dressLists } from "./lists.js";
import { dress as dressKept } from "./kept.js";
import { dress as dressPaper } from "./paper.js";
import { dress as dressUploads } from "./upload.js";
import { dress as dressWording } from "./wording.js";
import { toWhatIsWrong } from "./focus.js";

function dress(root) {
  for (const one of [dressDates, dressLists, dressKept, dressPaper, dressUploads, dressWording]) one(root);
}

dress(document);
toWhatIsWrong(document);
document.addEventListener("htmx:load", (event) => dress(event.detail.elt));
document.addEventListener("page:swapped", () => {
  dress(document);
  toWhatIsWrong(document);
});
