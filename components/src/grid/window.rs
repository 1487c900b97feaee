//! The arithmetic of a windowed list: the positions of rows, for any number of rows.
//!
//! It does not use the DOM, so that it is tested natively.

/// The tallest element that every browser lays out without clipping (Firefox stops at 17.9 million pixels, others later).
pub(crate) const MAX_SPACE: f64 = 14_000_000.0;

/// Rows drawn above and below the visible ones, so that a fast scroll shows no gap before the next frame.
pub(crate) const OVERSCAN: usize = 6;

/// A list of equally high rows seen through a viewport.
///
/// `offset` is the position of the viewport's upper edge in the list, in pixels as if the whole list were laid out. The scrolled
/// element may be shorter than that ([`MAX_SPACE`]); then its scroll position is proportional to the offset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Window {
    /// Height of one row in pixels, above 0.
    pub(crate) row: f64,
    /// Height of the viewport in pixels.
    pub(crate) viewport: f64,
    /// Number of rows.
    pub(crate) count: usize,
    /// The viewport's upper edge within the list.
    pub(crate) offset: f64,
}

impl Window {
    /// Height of all rows.
    pub(crate) fn content(&self) -> f64 {
        self.count as f64 * self.row
    }

    /// Height of the element that gives the scrollbar its size.
    pub(crate) fn space(&self) -> f64 {
        self.content().min(MAX_SPACE)
    }

    /// Whether the list is taller than a browser can lay out.
    pub(crate) fn scaled(&self) -> bool {
        self.content() > MAX_SPACE
    }

    /// The greatest offset.
    pub(crate) fn max_offset(&self) -> f64 {
        (self.content() - self.viewport).max(0.0)
    }

    /// The nearest offset that exists. Unlike `f64::clamp` this cannot panic.
    pub(crate) fn within(&self, offset: f64) -> f64 {
        offset.min(self.max_offset()).max(0.0)
    }

    fn max_scroll(&self) -> f64 {
        (self.space() - self.viewport).max(0.0)
    }

    /// The offset of a scroll position.
    pub(crate) fn offset_of(&self, scroll: f64) -> f64 {
        let offset = if self.scaled() && self.max_scroll() > 0.0 {
            scroll * (self.max_offset() / self.max_scroll())
        } else {
            scroll
        };
        self.within(offset)
    }

    /// The scroll position that shows `offset`.
    pub(crate) fn scroll_of(&self, offset: f64) -> f64 {
        let offset = self.within(offset);
        if self.scaled() && self.max_offset() > 0.0 {
            offset * (self.max_scroll() / self.max_offset())
        } else {
            offset
        }
    }

    /// How many row elements a viewport of this height needs, whatever the number of rows.
    pub(crate) fn pool(&self) -> usize {
        (self.viewport / self.row).ceil().max(1.0) as usize + 1 + 2 * OVERSCAN
    }

    /// The first row to draw, so that a full pool from there covers the viewport.
    pub(crate) fn first(&self) -> usize {
        let top = (self.offset / self.row).floor().max(0.0) as usize;
        top.saturating_sub(OVERSCAN)
            .min(self.count.saturating_sub(self.pool()))
    }

    /// The position of the pool's first row inside the scrolled element when that is scrolled to `scroll`.
    pub(crate) fn pool_top(&self, first: usize, scroll: f64) -> f64 {
        let top = first as f64 * self.row;
        if self.scaled() {
            scroll + top - self.offset
        } else {
            top
        }
    }

    /// Whether the last row is visible. True for an empty list, and within half a row of the end (scroll positions are rounded).
    pub(crate) fn at_end(&self) -> bool {
        self.offset >= self.max_offset() - self.row / 2.0
    }

    /// The offset nearest to the current one at which row `index` is fully visible.
    pub(crate) fn reveal(&self, index: usize) -> f64 {
        let top = index as f64 * self.row;
        let least = top + self.row - self.viewport;
        let offset = if top < self.offset || self.viewport < self.row {
            top
        } else if least > self.offset {
            least
        } else {
            self.offset
        };
        self.within(offset)
    }

    /// The row at `y` pixels below the viewport's upper edge.
    pub(crate) fn row_at(&self, y: f64) -> Option<usize> {
        let at = self.offset + y;
        (at >= 0.0 && at < self.content()).then_some((at / self.row) as usize)
    }

    /// Rows that Page Up and Page Down move by. One row stays visible.
    pub(crate) fn page(&self) -> usize {
        ((self.viewport / self.row).floor() as usize)
            .saturating_sub(1)
            .max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(count: usize, offset: f64) -> Window {
        Window {
            row: 28.0,
            viewport: 560.0,
            count,
            offset,
        }
    }

    #[test]
    fn the_pool_depends_on_the_viewport_only() {
        let small = window(3, 0.0).pool();
        assert_eq!(
            small,
            window(1_000_000, 0.0).pool(),
            "the number of rows must not change the pool"
        );
        assert!(
            small <= 20 + 2 + 2 * OVERSCAN,
            "a viewport of 20 rows must not need {small} elements"
        );
    }

    #[test]
    fn a_full_pool_covers_the_viewport_everywhere() {
        for count in [1usize, 19, 20, 21, 100, 499_999, 500_001, 3_000_000] {
            let mut at = window(count, 0.0);
            for step in 0..=200 {
                at.offset = at.max_offset() * f64::from(step) / 200.0;
                let first = at.first();
                let last = (first + at.pool()).min(count);
                assert!(
                    first as f64 * at.row <= at.offset,
                    "a gap above, {count} rows, step {step}"
                );
                let end = (at.offset + at.viewport).min(at.content());
                assert!(
                    last as f64 * at.row >= end,
                    "a gap below, {count} rows, step {step}"
                );
            }
        }
    }

    #[test]
    fn a_list_longer_than_an_element_can_be_reaches_both_ends() {
        let at = window(3_000_000, 0.0);
        assert!(
            at.space() <= MAX_SPACE,
            "the element must stay within what browsers lay out"
        );
        assert_eq!(at.offset_of(0.0), 0.0, "the start is at the start");
        let end = at.space() - at.viewport;
        assert!(
            (at.offset_of(end) - at.max_offset()).abs() < 0.5,
            "the end of the bar is the end of the list"
        );
        assert!(
            (at.scroll_of(at.max_offset()) - end).abs() < 0.5,
            "and the other way round"
        );
    }

    #[test]
    fn scaled_rows_are_at_the_viewport() {
        let mut at = window(3_000_000, 0.0);
        at.offset = 40_000_010.0;
        let scroll = at.scroll_of(at.offset);
        let first = at.first();
        let top = at.pool_top(first, scroll);
        assert!(
            top <= scroll,
            "the first row starts at or above the viewport's edge"
        );
        assert!(
            top + at.row * (OVERSCAN as f64 + 1.0) > scroll,
            "and not further above than the overscan"
        );
    }

    #[test]
    fn the_end_is_the_end_within_rounding() {
        let mut at = window(100, 0.0);
        assert!(!at.at_end(), "a long list starts away from its end");
        at.offset = at.max_offset() - 1.0;
        assert!(
            at.at_end(),
            "a scroll position rounded down by a pixel is still the end"
        );
        assert!(window(0, 0.0).at_end(), "an empty list is at its end");
        assert!(window(5, 0.0).at_end(), "a list that fits is at its end");
    }

    #[test]
    fn revealing_moves_as_little_as_needed() {
        let at = window(100, 280.0);
        assert_eq!(at.reveal(15), 280.0, "a visible row moves nothing");
        assert_eq!(at.reveal(5), 140.0, "a row above comes to the upper edge");
        assert_eq!(
            at.reveal(40),
            41.0 * 28.0 - 560.0,
            "a row below comes to the lower edge"
        );
    }

    #[test]
    fn a_point_gives_its_row() {
        let at = window(100, 14.0);
        assert_eq!(at.row_at(0.0), Some(0), "the half-hidden first row");
        assert_eq!(at.row_at(20.0), Some(1), "the next one");
        assert_eq!(
            window(2, 0.0).row_at(100.0),
            None,
            "below the last row there is none"
        );
    }
}
