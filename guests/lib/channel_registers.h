/* Registers of Atoll's channel device (docs/channels.md): offsets in its first range, 32 bits each. */
#ifndef CHANNEL_REGISTERS_H
#define CHANNEL_REGISTERS_H

#define CHANNEL_MAGIC 0x00
#define CHANNEL_MAGIC_VALUE 0x48435441u /* "ATCH" */
#define CHANNEL_VERSION 0x04
#define CHANNEL_MEMORY_LOW 0x08
#define CHANNEL_MEMORY_HIGH 0x0c
#define CHANNEL_SIZE_LOW 0x10
#define CHANNEL_SIZE_HIGH 0x14
#define CHANNEL_STATUS 0x18
#define CHANNEL_STATUS_PEER_UP 1u
#define CHANNEL_STATUS_READ_ONLY 2u
#define CHANNEL_RING 0x1c
#define CHANNEL_PENDING 0x20
#define CHANNEL_ENABLE 0x24
#define CHANNEL_PEER_CHANGES 0x28
#define CHANNEL_NAME 0x40
#define CHANNEL_NAME_SIZE 64

#endif
