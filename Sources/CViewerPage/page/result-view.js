// A result as the model received it: its texts as texts, pictures behind a click, resources by their URI.
// Links are never made: a URI of a server is text.

import { button, h, replace } from "./dom.js";
import * as format from "./format.js";
import { member, pathText, repeatedPlaces, stringOf } from "./json-tree.js";
import { JsonView } from "./json-view.js";
import { decodeBase64, pictureType } from "./payload.js";
import { block } from "./text-block.js";

const TEXT_LIMIT = 200_000;

function textBlock(text) {
  const cut = text.length > TEXT_LIMIT;
  return [
    h("pre", { class: "text", tabIndex: 0 }, block(cut ? text.slice(0, TEXT_LIMIT) : text)),
    cut ? h("p", { class: "dim" }, `${format.count(text.length - TEXT_LIMIT)} more characters: see Raw`)
      : undefined,
  ];
}

function label(...words) {
  return h("div", { class: "label" }, words.filter(Boolean).join(" · "));
}

/** A picture that is drawn only when asked for, and only when its bytes are one. */
function picture(data, claimed) {
  const place = h("div", {});
  const bytes = decodeBase64(data);
  const type = bytes && pictureType(bytes);
  const about = `${format.oneLine(claimed ?? "no type", 80)}, ${format.size(bytes?.length ?? data.length)}`;
  if (!type) {
    replace(place, h("p", { class: "dim" }, `not shown: ${about}; its bytes are no PNG, JPEG, GIF or WebP`));
    return place;
  }
  replace(place, button(`show the image (${about})`, "show the image", () => {
    replace(place, h("img", { class: "picture", src: `data:${type};base64,${data.replace(/\s/g, "")}`,
      alt: `image of the result, ${about}` }));
  }, { class: "tool wordy" }));
  return place;
}

function contentBlock(node) {
  const type = stringOf(member(node, "type"));
  const text = stringOf(member(node, "text"));
  const mime = stringOf(member(node, "mimeType"));
  const data = stringOf(member(node, "data"));
  if (type === "text" && text !== undefined) return textBlock(text);
  if (type === "image" && data !== undefined) return [label("image"), picture(data, mime)];
  if (type === "audio" && data !== undefined) {
    return label("audio", format.oneLine(mime ?? "no type", 80),
      format.size(decodeBase64(data)?.length ?? 0));
  }
  if (type === "resource") return resourceBlock(member(node, "resource"));
  if (type === "resource_link") {
    const uri = format.oneLine(stringOf(member(node, "uri")) ?? "", 500);
    return [label("resource link", format.oneLine(stringOf(member(node, "name")) ?? "", 200)),
      h("pre", { class: "text", tabIndex: 0 }, uri)];
  }
  return new JsonView(node, { label: "content", isPart: true }).element;
}

function resourceBlock(node) {
  const uri = format.oneLine(stringOf(member(node, "uri")) ?? "(no uri)", 500);
  const mime = stringOf(member(node, "mimeType"));
  const text = stringOf(member(node, "text"));
  const blob = stringOf(member(node, "blob"));
  const head = label("resource", uri, mime && format.oneLine(mime, 80));
  if (text !== undefined) return [head, textBlock(text)];
  if (blob !== undefined) return [head, picture(blob, mime)];
  return [head, node ? new JsonView(node, { label: "resource", isPart: true }).element : undefined];
}

function promptMessage(node) {
  const role = stringOf(member(node, "role")) ?? "?";
  const content = member(node, "content");
  const blocks = content?.kind === "array" ? content.children.map((child) => child.node) : content ? [content]
    : [];
  return [label(format.oneLine(role, 40)), blocks.map(contentBlock)];
}

function errorBlock(error) {
  const code = member(error, "code");
  const message = stringOf(member(error, "message"));
  // What is no error of JSON-RPC is shown as what it is.
  if (code?.kind !== "number" || message === undefined) {
    return h("div", { class: "banner is-error" }, h("strong", {}, "✕ error"),
      h("p", { class: "dim" }, "It is not a number and a text, as JSON-RPC has them."),
      new JsonView(error, { label: "error", isPart: true }).element);
  }
  const others = error.children.filter(({ key }) => key !== "code" && key !== "message");
  const data = others.length === 1 && others[0].key === "data" ? others[0].node
    : { kind: "object", children: others };
  return h("div", { class: "banner is-error" },
    h("strong", {}, `✕ error ${code.text}`), h("pre", { class: "text", tabIndex: 0 }, block(message)),
    others.length > 0 ? new JsonView(data, { label: "data of the error", isPart: true }).element : undefined);
}

/** What stands in `result` beside what was drawn already. */
function rest(result, drawn, about) {
  const children = result.children.filter(({ key }) => !drawn.includes(key));
  if (children.length === 0) return undefined;
  return [label("also in the result"), new JsonView({ kind: "object", children },
    { ...about, label: "rest of the result", depth: 1, base: ["result"] }).element];
}

/** Names that are said twice: most readers take the last one, some the first, and who looks should know. */
function repeatedNote(root) {
  const places = repeatedPlaces(root, 5).map((path) => format.oneLine(pathText(path), 120));
  if (places.length === 0) return undefined;
  return h("div", { class: "banner is-tool_error" },
    `⚠ said more than once, the last is shown: ${places.join(", ")}`);
}

/** The elements for a response; `root` is its JSON, undefined when there is none. */
export function resultElements(root, exchange) {
  return [root && repeatedNote(root), answerElements(root, exchange)];
}

function answerElements(root, exchange) {
  const about = { side: "response", exchange, isPart: true };
  if (!root) return [h("p", { class: "dim" }, "The answer is not JSON: see Raw.")];
  const error = member(root, "error");
  if (error) return [errorBlock(error)];
  const result = member(root, "result");
  if (result?.kind !== "object") return [new JsonView(root, { ...about, label: "response" }).element];
  const elements = [];
  const drawn = ["isError", "resultType", "_meta"];
  if (member(result, "isError")?.text === "true") {
    elements.push(h("div", { class: "banner is-tool_error" }, "⚠ the tool says that it failed (isError)"));
  }
  const lists = [["content", contentBlock], ["contents", resourceBlock], ["messages", promptMessage]];
  for (const [name, draw] of lists) {
    const list = member(result, name);
    if (list?.kind !== "array") continue;
    drawn.push(name);
    elements.push(list.children.map((child) => h("div", { class: "block" }, draw(child.node))));
    if (list.children.length === 0) elements.push(h("p", { class: "dim" }, "(no content)"));
  }
  const structured = member(result, "structuredContent");
  if (structured) {
    drawn.push("structuredContent");
    elements.push(label("structured content"), new JsonView(structured,
      { ...about, label: "structured content", base: ["result", "structuredContent"] }).element);
  }
  if (elements.length === 0) {
    return [new JsonView(result, { ...about, label: "result", base: ["result"] }).element];
  }
  elements.push(rest(result, drawn, about));
  return elements;
}

/** What was asked: a tool's arguments, or the parameters of the method. */
export function askedElements(root, exchange) {
  if (!root) return [h("p", { class: "dim" }, "The request is not JSON: see Raw.")];
  const params = member(root, "params");
  // Parameters by position are no call of a tool that a server reads, but they were sent.
  const isCall = exchange.method === "tools/call" && params?.kind === "object";
  const shown = isCall ? member(params, "arguments") : params;
  const note = repeatedNote(root);
  if (!shown || shown.children?.length === 0) return [note, h("p", { class: "dim" }, "(no arguments)")];
  return [note, new JsonView(shown, { label: "arguments", depth: 4, side: "request", exchange, isPart: true,
    base: isCall ? ["params", "arguments"] : ["params"] }).element];
}
