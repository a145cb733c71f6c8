import { bindPreferences } from "../shared/preferences.js";

bindPreferences();
