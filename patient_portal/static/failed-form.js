// The page that tells what was wrong with a form is the answer to sending it. To go back to it, or to load it again, the
// browser would have to send the form once more, and shows an error instead. From now on it asks for the page by its
// address, which shows the form. Without this file the browser asks the person.
history.replaceState(history.state, "", location.href);
