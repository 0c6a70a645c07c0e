/// What a seed decides: SplitMix64, the same on every machine, for ever.
#[derive(Clone, Debug)]
pub struct Chance(pub u64);

impl Chance {
    /// One for each name: what one of them decides does not depend on how often another was asked.
    pub fn named(seed: u64, name: &str) -> Chance {
        // FNV-1a, whose weak spots are mixed away by the first draw.
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        Chance(name.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, mix))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Both included.
    pub fn between(&mut self, from: i64, to: i64) -> i64 {
        from + (self.next() % (to - from + 1).unsigned_abs()).cast_signed()
    }

    pub fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.between(0, all.len() as i64 - 1).unsigned_abs() as usize].clone()
    }

    pub fn percent(&mut self, percent: i64) -> bool {
        self.between(1, 100) <= percent
    }
}
