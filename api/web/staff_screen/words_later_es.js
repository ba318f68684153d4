// Spanish: all that is said beyond the calendar, loaded with the first page or dialog that needs it.

import imports from "./words_import_es.js";
import provider from "./words_identity_provider_es.js";
import letters from "./words_letters_es.js";
import members from "./words_members_es.js";
import merges from "./words_merges_es.js";
import factors from "./words_own_factors_es.js";
import programs from "./words_programs_es.js";
import record from "./words_record_es.js";
import settings from "./words_settings_es.js";
import transfers from "./words_transfers_es.js";
import webhooks from "./words_webhooks_es.js";

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
