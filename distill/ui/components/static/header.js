distill.component("header", () => {});
