distill.component("shelf", () => {});
