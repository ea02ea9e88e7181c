"""What the page is made of: template, style, script, and the script that repeats a study."""
