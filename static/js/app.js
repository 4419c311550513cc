// Put together what every page needs; each module looks for its own elements and leaves when there are none.
import "./requests.js";
import "./dialogs.js";
