"""`vestibule mail-catcher`: a mail server that keeps every letter and sends none on, and a page that shows them."""
