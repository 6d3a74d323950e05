"""One question after a sign-in, at most once in 90 days: how did it go? Answers are of nobody.

Pages ask and take the answer (`asking`), the freezing of a month adds up (`answers`). Who answered
what is never written: the question's row forgets where it was asked as the answer is counted.
"""
