/*
 * The words by which a VM is the chips on another one's I2C bus (docs/i2c.md): what is asked is rung here, and what is
 * answered is rung there. At most one question is under way; an answer has its number.
 */
#ifndef I2C_H
#define I2C_H

#define I2C_WORD (1u << 30)      /* in each */
#define I2C_NUMBER 0x00ff0000u   /* of the question */
#define I2C_BYTE 0x000000ffu     /* written, or read */
#define I2C_ASK_START (1u << 12) /* asked: a transfer begins, with the address as the byte that is written */
#define I2C_ASK_STOP (1u << 11)  /* it ends behind this byte, or without any */
#define I2C_ASK_READ (1u << 10)
#define I2C_ASK_WRITE (1u << 9)
#define I2C_ASK_NACK (1u << 8)   /* the byte that is read is the last */
#define I2C_ANSWER_ACK (1u << 8) /* answered: a chip has taken the byte */

#endif
