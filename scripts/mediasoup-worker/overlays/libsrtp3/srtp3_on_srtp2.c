/* libsrtp 3 API (the part that mediasoup-worker uses) on libsrtp 2.  See include/srtp.h. */
#include <limits.h>
#include <srtp2/srtp.h> /* libsrtp 2's; never this overlay's srtp.h */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(SRTP_MAX_TRAILER_LEN == 144, "trailer");
_Static_assert(srtp_err_status_bad_param == 2 && srtp_err_status_replay_fail == 9 &&
                 srtp_err_status_replay_old == 10 && srtp_err_status_pkt_idx_adv == 27, "status");
_Static_assert(srtp_profile_aes128_cm_sha1_80 == 1 && srtp_profile_aes128_cm_sha1_32 == 2 &&
                 srtp_profile_aead_aes_128_gcm == 7 && srtp_profile_aead_aes_256_gcm == 8, "profile");
_Static_assert(ssrc_any_inbound == 2 && ssrc_any_outbound == 3, "ssrc");
_Static_assert(event_ssrc_collision == 0 && event_packet_index_limit == 3, "event");
#define ERR_BUFFER_SMALL ((srtp_err_status_t)28)

struct ms_srtp3_policy {
	srtp_policy_t p;
	uint8_t key[SRTP_MAX_KEY_LEN];
	srtp_profile_t profile;
	bool has_profile, has_key;
};

srtp_err_status_t ms_srtp3_policy_create(struct ms_srtp3_policy** out)
{
	if (!out)
		return srtp_err_status_bad_param;
	*out = calloc(1, sizeof(**out));
	return *out ? srtp_err_status_ok : srtp_err_status_alloc_fail;
}

void ms_srtp3_policy_destroy(struct ms_srtp3_policy* policy)
{
	if (!policy)
		return;
	volatile uint8_t* k = policy->key;
	for (size_t i = 0; i < sizeof(policy->key); i++)
		k[i] = 0;
	free(policy);
}

srtp_err_status_t ms_srtp3_policy_set_ssrc(struct ms_srtp3_policy* policy, srtp_ssrc_t ssrc)
{
	policy->p.ssrc = ssrc;
	return srtp_err_status_ok;
}

srtp_err_status_t ms_srtp3_policy_set_profile(struct ms_srtp3_policy* policy, srtp_profile_t profile)
{
	/* For SHA1_32 this gives RTP a 32-bit and RTCP an 80-bit tag (RFC 5764 4.1.2). */
	srtp_err_status_t err = srtp_crypto_policy_set_from_profile_for_rtp(&policy->p.rtp, profile);
	if (err)
		return err;
	err = srtp_crypto_policy_set_from_profile_for_rtcp(&policy->p.rtcp, profile);
	if (err)
		return err;
	policy->profile = profile;
	policy->has_profile = true;
	return srtp_err_status_ok;
}

size_t ms_srtp3_profile_get_master_key_length(srtp_profile_t profile)
{
	return srtp_profile_get_master_key_length(profile);
}

size_t ms_srtp3_profile_get_master_salt_length(srtp_profile_t profile)
{
	return srtp_profile_get_master_salt_length(profile);
}

srtp_err_status_t ms_srtp3_policy_add_key(struct ms_srtp3_policy* policy, const uint8_t* key,
  size_t key_len, const uint8_t* salt, size_t salt_len, const uint8_t* mki, size_t mki_len)
{
	(void)mki;
	/* One key, no MKI: all that WebRTC and mediasoup use. */
	if (!policy || !key || !salt || mki_len != 0 || policy->has_key || !policy->has_profile)
		return srtp_err_status_bad_param;
	if (key_len != srtp_profile_get_master_key_length(policy->profile) ||
	    salt_len != srtp_profile_get_master_salt_length(policy->profile) ||
	    key_len + salt_len > sizeof(policy->key))
		return srtp_err_status_bad_param;
	memcpy(policy->key, key, key_len);
	memcpy(policy->key + key_len, salt, salt_len);
	policy->has_key = true;
	return srtp_err_status_ok;
}

srtp_err_status_t ms_srtp3_policy_set_allow_repeat_tx(struct ms_srtp3_policy* policy, bool allow)
{
	policy->p.allow_repeat_tx = allow;
	return srtp_err_status_ok;
}

srtp_err_status_t ms_srtp3_policy_set_window_size(struct ms_srtp3_policy* policy, size_t window_size)
{
	policy->p.window_size = window_size;
	return srtp_err_status_ok;
}

srtp_err_status_t ms_srtp3_create(srtp_t* session, struct ms_srtp3_policy* policy)
{
	if (!policy || !policy->has_profile || !policy->has_key)
		return srtp_err_status_bad_param;
	policy->p.key = policy->key; /* libsrtp 2 derives its keys in srtp_create() and keeps no pointer */
	policy->p.next = NULL;
	return srtp_create(session, &policy->p);
}

/* libsrtp 2 works in place, and writes up to `trailer` octets past the packet. */
static inline srtp_err_status_t protect(srtp_err_status_t (*f)(srtp_t, void*, int*), srtp_t ctx,
  const uint8_t* in, size_t in_len, uint8_t* out, size_t* out_len, size_t trailer)
{
	if (in_len > INT_MAX - trailer)
		return srtp_err_status_bad_param;
	if (*out_len < in_len + trailer)
		return ERR_BUFFER_SMALL;
	if (in != out)
		memmove(out, in, in_len);
	int len = (int)in_len;
	const srtp_err_status_t err = f(ctx, out, &len);
	if (!err)
		*out_len = (size_t)len;
	return err;
}

static inline srtp_err_status_t unprotect(srtp_err_status_t (*f)(srtp_t, void*, int*), srtp_t ctx,
  const uint8_t* in, size_t in_len, uint8_t* out, size_t* out_len)
{
	return protect(f, ctx, in, in_len, out, out_len, 0);
}

srtp_err_status_t ms_srtp3_protect(srtp_t ctx, const uint8_t* rtp, size_t rtp_len, uint8_t* srtp,
  size_t* srtp_len, size_t mki_index)
{
	(void)mki_index;
	return protect(srtp_protect, ctx, rtp, rtp_len, srtp, srtp_len, SRTP_MAX_TRAILER_LEN);
}

srtp_err_status_t ms_srtp3_unprotect(srtp_t ctx, const uint8_t* srtp, size_t srtp_len, uint8_t* rtp,
  size_t* rtp_len)
{
	return unprotect(srtp_unprotect, ctx, srtp, srtp_len, rtp, rtp_len);
}

srtp_err_status_t ms_srtp3_protect_rtcp(srtp_t ctx, const uint8_t* rtcp, size_t rtcp_len,
  uint8_t* srtcp, size_t* srtcp_len, size_t mki_index)
{
	(void)mki_index;
	return protect(srtp_protect_rtcp, ctx, rtcp, rtcp_len, srtcp, srtcp_len, SRTP_MAX_TRAILER_LEN + 4);
}

srtp_err_status_t ms_srtp3_unprotect_rtcp(srtp_t ctx, const uint8_t* srtcp, size_t srtcp_len,
  uint8_t* rtcp, size_t* rtcp_len)
{
	return unprotect(srtp_unprotect_rtcp, ctx, srtcp, srtcp_len, rtcp, rtcp_len);
}

srtp_err_status_t ms_srtp3_stream_remove(srtp_t session, uint32_t ssrc)
{
	return srtp_remove_stream(session, ssrc); /* network byte order, as mediasoup gives it */
}
