import { mount } from "svelte";
import { z } from "zod";
import App from "./App.svelte";
import { engine } from "./connection/index.ts";
import { theme } from "./stores/theme.svelte.ts";
import "./styles/base.css";
import "./styles/primitives.css";

// The content security policy forbids code made from strings.
z.config({ jitless: true });

theme.restore();
engine.connect();

const target = document.getElementById("app");
if (target !== null) mount(App, { target });
