// Shows the OpenAPI document of a page that has one with Swagger UI, which is fetched only then, from this sandbox.
"use strict";

{
  const fetched = {};
  const add = (name, attributes) => fetched[Object.values(attributes)[0]] ??= new Promise((done, failed) => {
    const element = Object.assign(document.createElement(name), attributes, { onload: done, onerror: failed });
    document.head.append(element);
  });

  const show = async () => {
    const at = document.querySelector("[data-document]:empty");
    if (!at) return;
    await Promise.all([add("link", { href: at.dataset.sheetUrl, rel: "stylesheet" }), add("script", { src: at.dataset.scriptUrl })]);
    const ui = SwaggerUIBundle({
      domNode: at,
      url: at.dataset.document,
      layout: "BaseLayout",
      validatorUrl: null, // it would ask another machine
      deepLinking: true,
      tryItOutEnabled: true,
      displayRequestDuration: true,
      defaultModelsExpandDepth: -1,
      onComplete: () => {
        for (const [scheme, secret] of Object.entries(JSON.parse(at.dataset.credentials))) {
          ui.preauthorizeApiKey(scheme, secret);
        }
      },
    });
  };
  document.addEventListener("htmx:after:settle", show);
  show();

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", follow);
  follow();
}
