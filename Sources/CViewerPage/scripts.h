#ifndef SCRIPTS_H
#define SCRIPTS_H

// The bytes of the page's scripts, for the table of its files.

#include <stdint.h>

static const uint8_t api_js[] = {
#embed "page/api.js"
};
static const uint8_t bar_js[] = {
#embed "page/bar.js"
};
static const uint8_t batch_members_js[] = {
#embed "page/batch-members.js"
};
static const uint8_t breakdown_js[] = {
#embed "page/breakdown.js"
};
static const uint8_t charts_js[] = {
#embed "page/charts.js"
};
static const uint8_t clipboard_js[] = {
#embed "page/clipboard.js"
};
static const uint8_t columns_js[] = {
#embed "page/columns.js"
};
static const uint8_t completions_js[] = {
#embed "page/completions.js"
};
static const uint8_t connect_js[] = {
#embed "page/connect.js"
};
static const uint8_t copy_menu_js[] = {
#embed "page/copy-menu.js"
};
static const uint8_t dates_js[] = {
#embed "page/dates.js"
};
static const uint8_t density_js[] = {
#embed "page/density.js"
};
static const uint8_t detail_pane_js[] = {
#embed "page/detail-pane.js"
};
static const uint8_t detail_parts_js[] = {
#embed "page/detail-parts.js"
};
static const uint8_t diff_view_js[] = {
#embed "page/diff-view.js"
};
static const uint8_t divider_js[] = {
#embed "page/divider.js"
};
static const uint8_t dom_js[] = {
#embed "page/dom.js"
};
static const uint8_t embedded_api_js[] = {
#embed "page/embedded-api.js"
};
static const uint8_t embedded_pieces_js[] = {
#embed "page/embedded-pieces.js"
};
static const uint8_t empty_text_js[] = {
#embed "page/empty-text.js"
};
static const uint8_t entry_rows_js[] = {
#embed "page/entry-rows.js"
};
static const uint8_t exchange_cells_js[] = {
#embed "page/exchange-cells.js"
};
static const uint8_t exchange_figures_js[] = {
#embed "page/exchange-figures.js"
};
static const uint8_t exchange_groups_js[] = {
#embed "page/exchange-groups.js"
};
static const uint8_t exchange_order_js[] = {
#embed "page/exchange-order.js"
};
static const uint8_t exchange_rows_js[] = {
#embed "page/exchange-rows.js"
};
static const uint8_t exchange_store_js[] = {
#embed "page/exchange-store.js"
};
static const uint8_t exchange_table_js[] = {
#embed "page/exchange-table.js"
};
static const uint8_t exchanges_view_js[] = {
#embed "page/exchanges-view.js"
};
static const uint8_t expanded_rows_js[] = {
#embed "page/expanded-rows.js"
};
static const uint8_t extent_js[] = {
#embed "page/extent.js"
};
static const uint8_t figures_js[] = {
#embed "page/figures.js"
};
static const uint8_t filter_box_js[] = {
#embed "page/filter-box.js"
};
static const uint8_t filter_list_js[] = {
#embed "page/filter-list.js"
};
static const uint8_t filter_match_js[] = {
#embed "page/filter-match.js"
};
static const uint8_t filter_problem_js[] = {
#embed "page/filter-problem.js"
};
static const uint8_t filter_js[] = {
#embed "page/filter.js"
};
static const uint8_t fixed_rows_js[] = {
#embed "page/fixed-rows.js"
};
static const uint8_t follow_js[] = {
#embed "page/follow.js"
};
static const uint8_t format_js[] = {
#embed "page/format.js"
};
static const uint8_t grid_js[] = {
#embed "page/grid.js"
};
static const uint8_t help_js[] = {
#embed "page/help.js"
};
static const uint8_t json_diff_js[] = {
#embed "page/json-diff.js"
};
static const uint8_t json_tree_js[] = {
#embed "page/json-tree.js"
};
static const uint8_t json_view_js[] = {
#embed "page/json-view.js"
};
static const uint8_t lanes_js[] = {
#embed "page/lanes.js"
};
static const uint8_t live_js[] = {
#embed "page/live.js"
};
static const uint8_t loaded_bodies_js[] = {
#embed "page/loaded-bodies.js"
};
static const uint8_t long_run_js[] = {
#embed "page/long-run.js"
};
static const uint8_t main_js[] = {
#embed "page/main.js"
};
static const uint8_t marked_js[] = {
#embed "page/marked.js"
};
static const uint8_t messages_view_js[] = {
#embed "page/messages-view.js"
};
static const uint8_t minimap_js[] = {
#embed "page/minimap.js"
};
static const uint8_t operation_waits_js[] = {
#embed "page/operation-waits.js"
};
static const uint8_t paced_js[] = {
#embed "page/paced.js"
};
static const uint8_t payload_js[] = {
#embed "page/payload.js"
};
static const uint8_t problems_view_js[] = {
#embed "page/problems-view.js"
};
static const uint8_t problems_js[] = {
#embed "page/problems.js"
};
static const uint8_t raw_view_js[] = {
#embed "page/raw-view.js"
};
static const uint8_t recording_copy_js[] = {
#embed "page/recording-copy.js"
};
static const uint8_t removal_js[] = {
#embed "page/removal.js"
};
static const uint8_t result_view_js[] = {
#embed "page/result-view.js"
};
static const uint8_t route_js[] = {
#embed "page/route.js"
};
static const uint8_t rule_words_js[] = {
#embed "page/rule-words.js"
};
static const uint8_t run_changes_js[] = {
#embed "page/run-changes.js"
};
static const uint8_t run_details_js[] = {
#embed "page/run-details.js"
};
static const uint8_t run_entries_js[] = {
#embed "page/run-entries.js"
};
static const uint8_t run_figures_js[] = {
#embed "page/run-figures.js"
};
static const uint8_t run_groups_js[] = {
#embed "page/run-groups.js"
};
static const uint8_t run_line_js[] = {
#embed "page/run-line.js"
};
static const uint8_t run_map_js[] = {
#embed "page/run-map.js"
};
static const uint8_t run_page_js[] = {
#embed "page/run-page.js"
};
static const uint8_t run_rows_js[] = {
#embed "page/run-rows.js"
};
static const uint8_t run_time_js[] = {
#embed "page/run-time.js"
};
static const uint8_t run_view_js[] = {
#embed "page/run-view.js"
};
static const uint8_t search_inside_js[] = {
#embed "page/search-inside.js"
};
static const uint8_t selected_moves_js[] = {
#embed "page/selected-moves.js"
};
static const uint8_t session_facts_js[] = {
#embed "page/session-facts.js"
};
static const uint8_t session_head_js[] = {
#embed "page/session-head.js"
};
static const uint8_t session_lists_js[] = {
#embed "page/session-lists.js"
};
static const uint8_t session_page_js[] = {
#embed "page/session-page.js"
};
static const uint8_t sessions_page_js[] = {
#embed "page/sessions-page.js"
};
static const uint8_t split_js[] = {
#embed "page/split.js"
};
static const uint8_t statistics_js[] = {
#embed "page/statistics.js"
};
static const uint8_t stats_view_js[] = {
#embed "page/stats-view.js"
};
static const uint8_t status_mark_js[] = {
#embed "page/status-mark.js"
};
static const uint8_t text_block_js[] = {
#embed "page/text-block.js"
};
static const uint8_t theme_js[] = {
#embed "page/theme.js"
};
static const uint8_t time_strip_js[] = {
#embed "page/time-strip.js"
};
static const uint8_t timing_view_js[] = {
#embed "page/timing-view.js"
};
static const uint8_t tool_lists_js[] = {
#embed "page/tool-lists.js"
};
static const uint8_t tools_view_js[] = {
#embed "page/tools-view.js"
};
static const uint8_t views_js[] = {
#embed "page/views.js"
};
static const uint8_t waits_js[] = {
#embed "page/waits.js"
};
static const uint8_t waterfall_js[] = {
#embed "page/waterfall.js"
};

#endif
