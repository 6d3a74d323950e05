from sqlalchemy import text
def test_x(db, settings): assert db.scalar(text("select current_user"))=="idp_app"
