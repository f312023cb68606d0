//! Both ends driven at random.

use super::driven::drive;

#[test]
fn whatever_happens_between_them_two_ends_agree_or_fail() {
    // xorshift64*, so that every failure repeats.
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes()[0]
    };
    for round in 0..300 {
        let length = usize::from(random()) * 2;
        let mut orders: Vec<u8> = (0..length).map(|_| random()).collect();
        if round % 2 == 0 {
            // Without damage.
            orders.iter_mut().step_by(2).for_each(|what| *what &= 0x0F);
        }
        drive(&orders);
    }
}
