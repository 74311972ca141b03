import { createRoot } from "react-dom/client";
import { followHeight } from "./host";
import { Poll } from "./poll";

createRoot(document.querySelector("#root")!).render(<Poll />);
followHeight();
