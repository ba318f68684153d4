"""A GraphQL server for any schema: what it needs of the product (callers, refusals, page sizes) it is given."""
