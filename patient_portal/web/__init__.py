"""What every page of the portal rests on: the visit, forms, cookies, languages, the edge's security, templates."""
