#include "cviewerpage.h"

// `#embed` is C23, which Clang takes in every C.
#pragma clang diagnostic ignored "-Wc23-extensions"

#include "scripts.h"

#define HTML "text/html; charset=utf-8"
#define CSS "text/css; charset=utf-8"
#define JS "text/javascript; charset=utf-8"

// A file that is added to `page` gets its lines here, twice, a script those of its bytes in scripts.h; a test
// compares.

static const uint8_t completions_css[] = {
#embed "page/completions.css"
};
static const uint8_t details_css[] = {
#embed "page/details.css"
};
static const uint8_t dialogs_css[] = {
#embed "page/dialogs.css"
};
static const uint8_t diff_css[] = {
#embed "page/diff.css"
};
static const uint8_t grid_css[] = {
#embed "page/grid.css"
};
static const uint8_t index_html[] = {
#embed "page/index.html"
};
static const uint8_t lanes_css[] = {
#embed "page/lanes.css"
};
static const uint8_t menus_css[] = {
#embed "page/menus.css"
};
static const uint8_t run_css[] = {
#embed "page/run.css"
};
static const uint8_t session_css[] = {
#embed "page/session.css"
};
static const uint8_t sessions_css[] = {
#embed "page/sessions.css"
};
static const uint8_t shell_css[] = {
#embed "page/shell.css"
};
static const uint8_t stats_css[] = {
#embed "page/stats.css"
};
static const uint8_t theme_css[] = {
#embed "page/theme.css"
};

static const cviewerpage_file files[] = {
    {"/", HTML, index_html, sizeof index_html},
    {"/page/api.js", JS, api_js, sizeof api_js},
    {"/page/bar.js", JS, bar_js, sizeof bar_js},
    {"/page/batch-members.js", JS, batch_members_js, sizeof batch_members_js},
    {"/page/breakdown.js", JS, breakdown_js, sizeof breakdown_js},
    {"/page/charts.js", JS, charts_js, sizeof charts_js},
    {"/page/clipboard.js", JS, clipboard_js, sizeof clipboard_js},
    {"/page/columns.js", JS, columns_js, sizeof columns_js},
    {"/page/completions.css", CSS, completions_css, sizeof completions_css},
    {"/page/completions.js", JS, completions_js, sizeof completions_js},
    {"/page/connect.js", JS, connect_js, sizeof connect_js},
    {"/page/copy-menu.js", JS, copy_menu_js, sizeof copy_menu_js},
    {"/page/dates.js", JS, dates_js, sizeof dates_js},
    {"/page/density.js", JS, density_js, sizeof density_js},
    {"/page/detail-pane.js", JS, detail_pane_js, sizeof detail_pane_js},
    {"/page/detail-parts.js", JS, detail_parts_js, sizeof detail_parts_js},
    {"/page/details.css", CSS, details_css, sizeof details_css},
    {"/page/dialogs.css", CSS, dialogs_css, sizeof dialogs_css},
    {"/page/diff-view.js", JS, diff_view_js, sizeof diff_view_js},
    {"/page/diff.css", CSS, diff_css, sizeof diff_css},
    {"/page/divider.js", JS, divider_js, sizeof divider_js},
    {"/page/dom.js", JS, dom_js, sizeof dom_js},
    {"/page/embedded-api.js", JS, embedded_api_js, sizeof embedded_api_js},
    {"/page/embedded-pieces.js", JS, embedded_pieces_js, sizeof embedded_pieces_js},
    {"/page/empty-text.js", JS, empty_text_js, sizeof empty_text_js},
    {"/page/entry-rows.js", JS, entry_rows_js, sizeof entry_rows_js},
    {"/page/exchange-cells.js", JS, exchange_cells_js, sizeof exchange_cells_js},
    {"/page/exchange-figures.js", JS, exchange_figures_js, sizeof exchange_figures_js},
    {"/page/exchange-groups.js", JS, exchange_groups_js, sizeof exchange_groups_js},
    {"/page/exchange-order.js", JS, exchange_order_js, sizeof exchange_order_js},
    {"/page/exchange-rows.js", JS, exchange_rows_js, sizeof exchange_rows_js},
    {"/page/exchange-store.js", JS, exchange_store_js, sizeof exchange_store_js},
    {"/page/exchange-table.js", JS, exchange_table_js, sizeof exchange_table_js},
    {"/page/exchanges-view.js", JS, exchanges_view_js, sizeof exchanges_view_js},
    {"/page/expanded-rows.js", JS, expanded_rows_js, sizeof expanded_rows_js},
    {"/page/extent.js", JS, extent_js, sizeof extent_js},
    {"/page/figures.js", JS, figures_js, sizeof figures_js},
    {"/page/filter-box.js", JS, filter_box_js, sizeof filter_box_js},
    {"/page/filter-list.js", JS, filter_list_js, sizeof filter_list_js},
    {"/page/filter-match.js", JS, filter_match_js, sizeof filter_match_js},
    {"/page/filter-problem.js", JS, filter_problem_js, sizeof filter_problem_js},
    {"/page/filter.js", JS, filter_js, sizeof filter_js},
    {"/page/fixed-rows.js", JS, fixed_rows_js, sizeof fixed_rows_js},
    {"/page/follow.js", JS, follow_js, sizeof follow_js},
    {"/page/format.js", JS, format_js, sizeof format_js},
    {"/page/grid.css", CSS, grid_css, sizeof grid_css},
    {"/page/grid.js", JS, grid_js, sizeof grid_js},
    {"/page/help.js", JS, help_js, sizeof help_js},
    {"/page/json-diff.js", JS, json_diff_js, sizeof json_diff_js},
    {"/page/json-tree.js", JS, json_tree_js, sizeof json_tree_js},
    {"/page/json-view.js", JS, json_view_js, sizeof json_view_js},
    {"/page/lanes.css", CSS, lanes_css, sizeof lanes_css},
    {"/page/lanes.js", JS, lanes_js, sizeof lanes_js},
    {"/page/live.js", JS, live_js, sizeof live_js},
    {"/page/loaded-bodies.js", JS, loaded_bodies_js, sizeof loaded_bodies_js},
    {"/page/long-run.js", JS, long_run_js, sizeof long_run_js},
    {"/page/main.js", JS, main_js, sizeof main_js},
    {"/page/marked.js", JS, marked_js, sizeof marked_js},
    {"/page/menus.css", CSS, menus_css, sizeof menus_css},
    {"/page/messages-view.js", JS, messages_view_js, sizeof messages_view_js},
    {"/page/minimap.js", JS, minimap_js, sizeof minimap_js},
    {"/page/operation-waits.js", JS, operation_waits_js, sizeof operation_waits_js},
    {"/page/paced.js", JS, paced_js, sizeof paced_js},
    {"/page/payload.js", JS, payload_js, sizeof payload_js},
    {"/page/problems-view.js", JS, problems_view_js, sizeof problems_view_js},
    {"/page/problems.js", JS, problems_js, sizeof problems_js},
    {"/page/raw-view.js", JS, raw_view_js, sizeof raw_view_js},
    {"/page/recording-copy.js", JS, recording_copy_js, sizeof recording_copy_js},
    {"/page/removal.js", JS, removal_js, sizeof removal_js},
    {"/page/result-view.js", JS, result_view_js, sizeof result_view_js},
    {"/page/route.js", JS, route_js, sizeof route_js},
    {"/page/rule-words.js", JS, rule_words_js, sizeof rule_words_js},
    {"/page/run-changes.js", JS, run_changes_js, sizeof run_changes_js},
    {"/page/run-details.js", JS, run_details_js, sizeof run_details_js},
    {"/page/run-entries.js", JS, run_entries_js, sizeof run_entries_js},
    {"/page/run-figures.js", JS, run_figures_js, sizeof run_figures_js},
    {"/page/run-groups.js", JS, run_groups_js, sizeof run_groups_js},
    {"/page/run-line.js", JS, run_line_js, sizeof run_line_js},
    {"/page/run-map.js", JS, run_map_js, sizeof run_map_js},
    {"/page/run-page.js", JS, run_page_js, sizeof run_page_js},
    {"/page/run-rows.js", JS, run_rows_js, sizeof run_rows_js},
    {"/page/run-time.js", JS, run_time_js, sizeof run_time_js},
    {"/page/run-view.js", JS, run_view_js, sizeof run_view_js},
    {"/page/run.css", CSS, run_css, sizeof run_css},
    {"/page/search-inside.js", JS, search_inside_js, sizeof search_inside_js},
    {"/page/selected-moves.js", JS, selected_moves_js, sizeof selected_moves_js},
    {"/page/session-facts.js", JS, session_facts_js, sizeof session_facts_js},
    {"/page/session-head.js", JS, session_head_js, sizeof session_head_js},
    {"/page/session-lists.js", JS, session_lists_js, sizeof session_lists_js},
    {"/page/session-page.js", JS, session_page_js, sizeof session_page_js},
    {"/page/session.css", CSS, session_css, sizeof session_css},
    {"/page/sessions-page.js", JS, sessions_page_js, sizeof sessions_page_js},
    {"/page/sessions.css", CSS, sessions_css, sizeof sessions_css},
    {"/page/shell.css", CSS, shell_css, sizeof shell_css},
    {"/page/split.js", JS, split_js, sizeof split_js},
    {"/page/statistics.js", JS, statistics_js, sizeof statistics_js},
    {"/page/stats-view.js", JS, stats_view_js, sizeof stats_view_js},
    {"/page/stats.css", CSS, stats_css, sizeof stats_css},
    {"/page/status-mark.js", JS, status_mark_js, sizeof status_mark_js},
    {"/page/text-block.js", JS, text_block_js, sizeof text_block_js},
    {"/page/theme.css", CSS, theme_css, sizeof theme_css},
    {"/page/theme.js", JS, theme_js, sizeof theme_js},
    {"/page/time-strip.js", JS, time_strip_js, sizeof time_strip_js},
    {"/page/timing-view.js", JS, timing_view_js, sizeof timing_view_js},
    {"/page/tool-lists.js", JS, tool_lists_js, sizeof tool_lists_js},
    {"/page/tools-view.js", JS, tools_view_js, sizeof tools_view_js},
    {"/page/views.js", JS, views_js, sizeof views_js},
    {"/page/waits.js", JS, waits_js, sizeof waits_js},
    {"/page/waterfall.js", JS, waterfall_js, sizeof waterfall_js},
};

const cviewerpage_file *cviewerpage_files(void) { return files; }

size_t cviewerpage_file_count(void) { return sizeof files / sizeof files[0]; }
