import "./strict-zod.ts";
import { mount } from "svelte";
import App from "./App.svelte";
import { engine } from "./connection/index.ts";
import { theme } from "./stores/theme.svelte.ts";
import "./styles/base.css";
import "./styles/primitives.css";

theme.restore();
engine.connect();

const target = document.getElementById("app");
if (target !== null) mount(App, { target });
