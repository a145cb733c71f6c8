"""The migrations and the models say the same."""

from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.migrate import schema_differences


async def test_migrated_schema_equals_the_models(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.run_sync(schema_differences)
