"""The core: what is true whoever asks. Knows neither HTTP nor GraphQL nor SMTP nor PDF."""
