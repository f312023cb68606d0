//! Faults that were found in this crate, as the behaviour that is right, and the tests that show it. The test at the end holds
//! the table against the tests: every test named here exists.
//!
//! | What holds | Tests |
//! |---|---|
//! | no call lets the system read or write memory after it has returned | `core::transfer::what_was_sent_does_not_change_afterwards`, `core::options::no_option_takes_an_address` |
//! | a look at one half of a split connection takes no Close and no Pong away | `ws::flow::a_look_at_the_writer_takes_no_answer_away` |
//! | keepalive keeps a healthy peer that reads slowly, however the connection is driven, and ends one that takes nothing | `ws::flow::a_peer_that_reads_slowly_is_alive_for_the_protocol`, `ws::flow::a_peer_that_reads_slowly_is_alive_for_a_connection`, `ws::flow::a_peer_that_reads_slowly_is_alive_for_split_halves`, `ws::flow::a_peer_that_takes_nothing_is_not_alive`, `ws::flow::a_ping_that_waits_leaves_between_two_frames` |
//! | a timeout that is set holds, on a connection made of a socket too | `ws::flow::a_read_timeout_holds_on_a_connection_made_of_a_socket`, `ws::flow::deadlines_are_kept_on_the_standard_librarys_streams` |
//! | nothing that a process keeps open leads into its file system | `alone::close::nothing_is_kept_open_that_leads_anywhere` |
//! | a socket that is closed is given up at once by who watches it, with its data, whoever waits meanwhile | `poll::close::a_wait_for_ever_holds_nothing_of_what_was_closed`, `poll::close::the_data_and_the_number_are_free_when_the_close_returns`, `poll::close::data_that_closes_and_watches_other_sockets_can_be_dropped` |
//! | a tick takes no request away, and answers who is late | `ws::opening::a_tick_swallows_no_request`, `ws::opening::a_tick_answers_a_client_whose_time_is_over`, `ws::opening::a_tick_tells_of_a_client_that_does_not_take_its_answer` |
//! | every loop that is shown survives a reset, the want of descriptors, a stop and a silent client | `programs::shown::front_page_poll`, `programs::shown::ws_documentation`, `programs::shown::poll_documentation_select`, `programs::shown::poll_documentation_poll`, `programs::shown::poll_echo`, `programs::shown::threaded_server`, `programs::shown::echo_server`, `programs::shown::talkback`, `programs::shown::select_chat`, `programs::shown::from_php_chat`, `programs::shown::udp_echo`, `programs::shown::hello_ws`, `programs::shown::ws_threads` |
//! | a time limit on connecting tells what failed at once from what connected | `programs::shown::from_php_time_limit` |
//! | a `WebSocket` that is closed while it connects ends at once | `ws::client::closing_while_connecting_ends_it_at_once` |
//! | a `WebSocket` fails when the server chooses none of its subprotocols | `ws::client::a_server_that_chooses_no_subprotocol_fails_it` |
//! | the time to connect is that of the lookup too | `ws::proxy::one_deadline_holds_for_the_proxy_and_the_server`, `src::ws::dial::lookup::a_lookup_takes_no_longer_than_the_deadline` |
//! | answers of 1xx before the 101 are passed over | `ws::opening::answers_before_the_last_are_skipped` |
//! | a request of HTTP/1.0 is no upgrade, and what is no request line is told so | `ws::handshake::must_01_get_and_http_1_1` |
//! | the limits of a head can be raised | `ws::opening::a_large_head_is_taken_where_it_is_allowed` |
//! | what a server refuses with is within reach | `ws::opening::a_refusal_is_within_reach`, `ws::opening::a_refusal_without_end_is_cut` |
//! | the user name and password of a URL are sent | `ws::handshake::a_url_with_a_user_name_sends_it` |
//! | a path or a name with a NUL byte is refused | `core::families::a_path_has_no_nul_byte`, `core::options::a_name_is_not_cut` |
//! | a service is a port that there is | `core::addrinfo::a_service_is_a_port_or_none` |
//! | a line waits for no more than it has, and ends with its packet | `core::transfer::a_line_does_not_wait_for_more_than_it_has`, `core::transfer::a_line_ends_with_its_packet` |
//! | select's third set is of what is out of band alone | `core::select::out_of_band_data_is_exceptional`, `core::select::ordinary_data_is_not_exceptional` |
//! | a child inherits no socket | `alone::inherited::no_socket`, `alone::poll_process::a_child_inherits_nothing_of_a_context` |
//! | who leaves without waiting for answers is heard to the end of what he sent | `server::attack::who_does_not_wait_for_answers_is_heard_to_the_end` |
//! | a proxy is believed by whichever socket it comes | `server::proxy::a_proxy_is_known_by_either_family`, `server::proxy::a_proxy_may_come_by_a_unix_socket` |
//! | what is kept back to leave with more does not count as waiting for the peer | `ws::flow::what_is_corked_does_not_count_as_waiting`, `server::bounds::what_one_turn_has_for_a_client_does_not_count_as_waiting` |
//! | nobody is counted at a server that has ended | `server::attack::nobody_is_counted_at_a_server_that_has_ended` |
//! | a peer's reset is an abnormal close | `ws::opening::a_reset_is_an_abnormal_close` |
//! | small messages leave at once, on the accepting side too | `ws::opening::small_messages_do_not_wait_for_acknowledgements` |

use std::io;

use crate::find::Tests;

#[test]
fn every_fault_has_its_tests() -> io::Result<()> {
    let mut tests = Tests::default();
    let rows = include_str!("faults.rs").lines().filter_map(|line| line.strip_prefix("//! | ")?.strip_suffix(" |"));
    let mut count = 0;
    for (what, named) in rows.filter_map(|row| row.split_once(" | ")).skip(1) {
        let named: Vec<_> = named.split('`').filter(|test| test.contains("::")).collect();
        assert!(!named.is_empty(), "{what}: no test");
        for test in named {
            assert!(tests.contain(test)?, "{what}: there is no {test}");
        }
        count += 1;
    }
    assert!(count > 20, "only {count} rows were read");
    Ok(())
}
