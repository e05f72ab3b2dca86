/*
 * The part of the libsrtp 3 API that mediasoup-worker uses, on top of
 * libsrtp 2 (srtp3_on_srtp2.c).  Values equal those of libsrtp 2's srtp.h
 * (checked by _Static_assert there).  The functions carry other link names,
 * as libsrtp 2 has the same names with other signatures.
 */
#ifndef MS_SRTP3_ON_SRTP2_H
#define MS_SRTP3_ON_SRTP2_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SRTP_MAX_TRAILER_LEN 144

typedef enum {
	srtp_err_status_ok = 0,
	srtp_err_status_fail,
	srtp_err_status_bad_param,
	srtp_err_status_alloc_fail,
	srtp_err_status_dealloc_fail,
	srtp_err_status_init_fail,
	srtp_err_status_terminus,
	srtp_err_status_auth_fail,
	srtp_err_status_cipher_fail,
	srtp_err_status_replay_fail,
	srtp_err_status_replay_old,
	srtp_err_status_algo_fail,
	srtp_err_status_no_such_op,
	srtp_err_status_no_ctx,
	srtp_err_status_cant_check,
	srtp_err_status_key_expired,
	srtp_err_status_socket_err,
	srtp_err_status_signal_err,
	srtp_err_status_nonce_bad,
	srtp_err_status_read_fail,
	srtp_err_status_write_fail,
	srtp_err_status_parse_err,
	srtp_err_status_encode_err,
	srtp_err_status_semaphore_err,
	srtp_err_status_pfkey_err,
	srtp_err_status_bad_mki,
	srtp_err_status_pkt_idx_old,
	srtp_err_status_pkt_idx_adv,
	srtp_err_status_buffer_small, /* libsrtp 3 only */
	srtp_err_status_cryptex_err   /* libsrtp 3 only */
} srtp_err_status_t;

typedef enum {
	srtp_profile_reserved = 0,
	srtp_profile_aes128_cm_sha1_80 = 1,
	srtp_profile_aes128_cm_sha1_32 = 2,
	srtp_profile_null_sha1_80 = 5,
	srtp_profile_null_sha1_32 = 6,
	srtp_profile_aead_aes_128_gcm = 7,
	srtp_profile_aead_aes_256_gcm = 8
} srtp_profile_t;

typedef enum {
	ssrc_undefined = 0,
	ssrc_specific = 1,
	ssrc_any_inbound = 2,
	ssrc_any_outbound = 3
} srtp_ssrc_type_t;

typedef struct {
	srtp_ssrc_type_t type;
	uint32_t value;
} srtp_ssrc_t;

typedef enum {
	event_ssrc_collision = 0,
	event_key_soft_limit,
	event_key_hard_limit,
	event_packet_index_limit
} srtp_event_t;

typedef struct srtp_ctx_t_* srtp_t;                /* libsrtp 2's own session */
typedef struct ms_srtp3_policy* srtp_policy_t;     /* opaque, as in libsrtp 3 */

typedef struct {
	srtp_t session;
	uint32_t ssrc;
	srtp_event_t event;
} srtp_event_data_t;
typedef void(srtp_event_handler_func_t)(srtp_event_data_t* data);

/* Unchanged from libsrtp 2: same name, same signature. */
srtp_err_status_t srtp_init(void);
srtp_err_status_t srtp_shutdown(void);
const char* srtp_get_version_string(void);
srtp_err_status_t srtp_dealloc(srtp_t session);
srtp_err_status_t srtp_install_event_handler(srtp_event_handler_func_t* func);

/* New, or changed, in libsrtp 3. */
#define srtp_policy_create ms_srtp3_policy_create
#define srtp_policy_destroy ms_srtp3_policy_destroy
#define srtp_policy_set_ssrc ms_srtp3_policy_set_ssrc
#define srtp_policy_set_profile ms_srtp3_policy_set_profile
#define srtp_policy_add_key ms_srtp3_policy_add_key
#define srtp_policy_set_allow_repeat_tx ms_srtp3_policy_set_allow_repeat_tx
#define srtp_policy_set_window_size ms_srtp3_policy_set_window_size
#define srtp_profile_get_master_key_length ms_srtp3_profile_get_master_key_length
#define srtp_profile_get_master_salt_length ms_srtp3_profile_get_master_salt_length
#define srtp_create ms_srtp3_create
#define srtp_protect ms_srtp3_protect
#define srtp_unprotect ms_srtp3_unprotect
#define srtp_protect_rtcp ms_srtp3_protect_rtcp
#define srtp_unprotect_rtcp ms_srtp3_unprotect_rtcp
#define srtp_stream_remove ms_srtp3_stream_remove

srtp_err_status_t srtp_policy_create(srtp_policy_t* policy);
void srtp_policy_destroy(srtp_policy_t policy);
srtp_err_status_t srtp_policy_set_ssrc(srtp_policy_t policy, srtp_ssrc_t ssrc);
srtp_err_status_t srtp_policy_set_profile(srtp_policy_t policy, srtp_profile_t profile);
srtp_err_status_t srtp_policy_add_key(srtp_policy_t policy, const uint8_t* key, size_t key_len,
  const uint8_t* salt, size_t salt_len, const uint8_t* mki, size_t mki_len);
srtp_err_status_t srtp_policy_set_allow_repeat_tx(srtp_policy_t policy, bool allow);
srtp_err_status_t srtp_policy_set_window_size(srtp_policy_t policy, size_t window_size);
size_t srtp_profile_get_master_key_length(srtp_profile_t profile);
size_t srtp_profile_get_master_salt_length(srtp_profile_t profile);
srtp_err_status_t srtp_create(srtp_t* session, srtp_policy_t policy);
srtp_err_status_t srtp_protect(srtp_t ctx, const uint8_t* rtp, size_t rtp_len, uint8_t* srtp,
  size_t* srtp_len, size_t mki_index);
srtp_err_status_t srtp_unprotect(srtp_t ctx, const uint8_t* srtp, size_t srtp_len, uint8_t* rtp,
  size_t* rtp_len);
srtp_err_status_t srtp_protect_rtcp(srtp_t ctx, const uint8_t* rtcp, size_t rtcp_len,
  uint8_t* srtcp, size_t* srtcp_len, size_t mki_index);
srtp_err_status_t srtp_unprotect_rtcp(srtp_t ctx, const uint8_t* srtcp, size_t srtcp_len,
  uint8_t* rtcp, size_t* rtcp_len);
srtp_err_status_t srtp_stream_remove(srtp_t session, uint32_t ssrc);

#ifdef __cplusplus
}
#endif
#endif
