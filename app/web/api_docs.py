"""`/docs` from vendored files: no CDN."""

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse

from app.web.pages import static_url, vendored_url

SWAGGER = "swagger-ui-dist"


def add_api_docs(app: FastAPI) -> None:
    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="GenAI Auto API",
            swagger_js_url=vendored_url(SWAGGER, "swagger-ui-bundle.js"),
            swagger_css_url=vendored_url(SWAGGER, "swagger-ui.css"),
            swagger_favicon_url=static_url("favicon.svg"),
        )
