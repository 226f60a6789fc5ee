distill.component("player", () => {});
