// `limits.js` is made of the core's limits (clinic/values/limits.py) when a server starts (api/web/staff_screen/__init__.py).
export const limits: Readonly<Record<string, number>>;
