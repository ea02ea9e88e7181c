"""Parts of the page: template, style, script, rules in words, and the script that repeats a study."""
