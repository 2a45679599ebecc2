/* Registers of a virtio-mmio device, and descriptors (virtio 1.2, sections 4.2.2 and 2.7.5). */
#ifndef VIRTIO_REGISTERS_H
#define VIRTIO_REGISTERS_H

#include <stdint.h>

#define SLOTS 8
#define SLOT(n) (0x10001000ul + 0x1000ul * (n))

#define MAGIC 0x000
#define VERSION 0x004
#define DEVICE_ID 0x008
#define DRIVER_FEATURES 0x020
#define DRIVER_FEATURES_SELECT 0x024
#define QUEUE_SELECT 0x030
#define QUEUE_SIZE_MAX 0x034
#define QUEUE_SIZE 0x038
#define QUEUE_READY 0x044
#define QUEUE_NOTIFY 0x050
#define INTERRUPT_STATUS 0x060
#define INTERRUPT_ACK 0x064
#define STATUS 0x070
#define QUEUE_DESC_LOW 0x080
#define QUEUE_DESC_HIGH 0x084
#define QUEUE_DRIVER_LOW 0x090
#define QUEUE_DRIVER_HIGH 0x094
#define QUEUE_DEVICE_LOW 0x0a0
#define QUEUE_DEVICE_HIGH 0x0a4
#define CONFIG 0x100

#define ACKNOWLEDGE 1u
#define DRIVER 2u
#define DRIVER_OK 4u
#define FEATURES_OK 8u

#define DESC_NEXT 1
#define DESC_WRITE 2
#define DESC_INDIRECT 4

struct descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags, next;
};

#endif
