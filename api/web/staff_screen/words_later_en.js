// English: all that is said beyond the calendar, loaded with the first page or dialog that needs it.

import imports from "./words_import_en.js";
import provider from "./words_identity_provider_en.js";
import letters from "./words_letters_en.js";
import members from "./words_members_en.js";
import merges from "./words_merges_en.js";
import factors from "./words_own_factors_en.js";
import programs from "./words_programs_en.js";
import record from "./words_record_en.js";
import settings from "./words_settings_en.js";
import transfers from "./words_transfers_en.js";
import webhooks from "./words_webhooks_en.js";

export default {
  ...imports,
  ...provider,
  ...letters,
  ...members,
  ...merges,
  ...factors,
  ...programs,
  ...record,
  ...settings,
  ...transfers,
  ...webhooks,
};
