// What the cipher alone costs, as src/bin/cipher.rs, but by OpenSSL: each message of `--payload` bytes is encrypted and
// decrypted in memory with AES-128-GCM, in records of 16 KiB.

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RECORD = 16 << 10, HEAD = 5, TYPE = 1, TAG = 16 };

static double seconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static unsigned char record[HEAD + RECORD + TYPE + TAG];

static int both_ways(EVP_CIPHER_CTX *sealing, EVP_CIPHER_CTX *opening, unsigned char *iv, int length) {
    unsigned char *content = record + HEAD, *tag = content + length;
    int count;
    return EVP_EncryptInit_ex(sealing, NULL, NULL, NULL, iv) && EVP_EncryptUpdate(sealing, NULL, &count, record, HEAD) &&
           EVP_EncryptUpdate(sealing, content, &count, content, length) && EVP_EncryptFinal_ex(sealing, tag, &count) &&
           EVP_CIPHER_CTX_ctrl(sealing, EVP_CTRL_AEAD_GET_TAG, TAG, tag) && EVP_DecryptInit_ex(opening, NULL, NULL, NULL, iv) &&
           EVP_DecryptUpdate(opening, NULL, &count, record, HEAD) && EVP_DecryptUpdate(opening, content, &count, content, length) &&
           EVP_CIPHER_CTX_ctrl(opening, EVP_CTRL_AEAD_SET_TAG, TAG, tag) && EVP_DecryptFinal_ex(opening, tag, &count);
}

int main(int argc, char **argv) {
    long payload = 20;
    double time = 1.0;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--payload")) payload = atol(argv[i + 1]);
        if (!strcmp(argv[i], "--seconds")) time = atof(argv[i + 1]);
    }
    unsigned char key[16] = {1}, iv[12] = {2};
    EVP_CIPHER_CTX *sealing = EVP_CIPHER_CTX_new(), *opening = EVP_CIPHER_CTX_new();
    if (!EVP_EncryptInit_ex(sealing, EVP_aes_128_gcm(), NULL, key, iv) || !EVP_DecryptInit_ex(opening, EVP_aes_128_gcm(), NULL, key, iv)) {
        return EXIT_FAILURE;
    }
    long count = 0;
    const double start = seconds(CLOCK_MONOTONIC), before = seconds(CLOCK_PROCESS_CPUTIME_ID);
    while (seconds(CLOCK_MONOTONIC) - start < time) {
        // The clock is asked now and then only.
        for (int i = 0; i < 100; i++) {
            for (long left = payload; left > 0; left -= RECORD) {
                iv[0]++;
                if (!both_ways(sealing, opening, iv, (left < RECORD ? left : RECORD) + TYPE)) {
                    return EXIT_FAILURE;
                }
            }
        }
        count += 100;
    }
    const double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - before;
    printf("count=%ld nanoseconds=%.0f cpu=%.0f load=0\n", count, (seconds(CLOCK_MONOTONIC) - start) * 1e9, cpu * 1e9);
    return EXIT_SUCCESS;
}
