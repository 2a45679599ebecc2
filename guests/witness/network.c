/*
 * A virtio network interface (virtio 1.2, section 5.1) on a network with the twin's: each machine asks the other one, frame
 * by frame, and answers it. A network may lose frames, so what is not answered is asked again; it never changes them.
 */
#include "virtqueue.h"
#include "witness.h"

#define KIND 1
#define NET_F_MAC 5
#define RX 0
#define TX 1

#define ETHERTYPE 0x88b5 /* for experiments (IEEE 802, clause 9.2.3) */
#define WORDS 160
#define BUFFERS 8
#define RESEND_US 200000ul

enum kind { QUESTION, ANSWER, KINDS };

struct message {
    uint8_t header[12]; /* virtio's, all zero */
    uint8_t to[6], from[6], type[2];
    uint8_t from_side, kind, spare[4];
    uint64_t number; /* 32 bytes from the start */
    struct account account;
    uint64_t words[WORDS];
};

static struct virtqueue rx, tx;
static struct message received[BUFFERS] __attribute__((aligned(4096)));
static struct message sent[KINDS] __attribute__((aligned(4096)));
static volatile int sending[KINDS]; /* whether the device still has it */
static struct mutex sender;
static struct semaphore rung, answered;
static struct told told;
static uint8_t address[6];
static volatile unsigned interrupts, idle_interrupts;
static volatile uint64_t asked; /* the number of the question that is open or was last answered */
static volatile uint64_t heard; /* the answer that came last */
static uint64_t question;       /* the twin's last */
static volatile uint64_t resent;
static uint64_t pace;

static void interrupted(void *unused)
{
    (void)unused;
    uint32_t status = in32(rx.device + INTERRUPT_STATUS);
    out32(rx.device + INTERRUPT_ACK, status);
    interrupts++;
    idle_interrupts += !status;
    semaphore_post(&rung);
}

static uint64_t key_of(unsigned from, unsigned kind, uint64_t number)
{
    return (uint64_t)(2 * from + kind + 1) << 52 ^ number;
}

static void take_sent(void)
{
    for (int head; (head = virtqueue_take(&tx)) >= 0;) {
        if (head >= KINDS || !sending[head])
            fault("the network gave back frame %d, which it had not", head);
        sending[head] = 0;
    }
}

static void send(unsigned kind, uint64_t number)
{
    struct message *m = &sent[kind];
    mutex_lock(&sender);
    for (take_sent(); sending[kind]; take_sent())
        task_sleep(ticks_of_us(100));
    memset(m->to, 0xff, sizeof m->to);
    memcpy(m->from, address, sizeof m->from);
    m->type[0] = ETHERTYPE >> 8;
    m->type[1] = ETHERTYPE & 0xff;
    m->from_side = (uint8_t)side;
    m->kind = (uint8_t)kind;
    m->number = number;
    account_take(&m->account, &told);
    fill_words(m->words, WORDS, key_of(side, kind, number));
    tx.descriptors[kind] = (struct descriptor){(uintptr_t)m, sizeof *m, 0, 0};
    sending[kind] = 1;
    virtqueue_offer(&tx, (uint16_t)kind);
    mutex_unlock(&sender);
}

/* An answer is to the open question or to an earlier one that was asked twice; a question is new or asked again. */
static void take_message(const struct message *m)
{
    if (m->number == 0 || m->kind >= KINDS)
        fault("a frame of kind %u and number %lu came", m->kind, m->number);
    if (!same_words(m->words, WORDS, key_of(m->from_side, m->kind, m->number)))
        fault("frame %lu of kind %u came with other words", m->number, m->kind);
    account_check(&m->account, &told, "network");
    if (m->kind == QUESTION) {
        if (m->number > question + 1)
            fault("question %lu came after question %lu", m->number, question);
        question = m->number > question ? m->number : question;
        send(ANSWER, m->number);
        return;
    }
    if (m->number > asked)
        fault("answer %lu came, and %lu was asked", m->number, asked);
    if (m->number == asked && heard != asked) {
        heard = asked;
        semaphore_post(&answered);
    }
}

static int is_twins(const struct message *m, uint32_t length)
{
    return length == sizeof *m && m->type[0] == ETHERTYPE >> 8 && m->type[1] == (ETHERTYPE & 0xff) && m->from_side == !side;
}

static void receive(void *unused)
{
    (void)unused;
    for (;;) {
        int rang = semaphore_wait(&rung, now() + ticks_of_us(PATIENCE_US));
        if (!rang && rx.used.index != rx.taken)
            fault("the network does not interrupt; %u frames are there", (unsigned)(uint16_t)(rx.used.index - rx.taken));
        if (idle_interrupts)
            fault("the network has interrupted %u times for nothing", idle_interrupts);
        while (rx.used.index != rx.taken) {
            uint32_t length = rx.used.ring[rx.taken % ENTRIES].length;
            int head = virtqueue_take(&rx);
            if (head >= BUFFERS)
                fault("the network gave back buffer %d", head);
            if (is_twins(&received[head], length))
                take_message(&received[head]);
            virtqueue_offer(&rx, (uint16_t)head);
        }
    }
}

static void ask(void *unused)
{
    (void)unused;
    for (;;) {
        uint64_t begun = now();
        asked++;
        send(QUESTION, asked);
        while (!semaphore_wait(&answered, now() + ticks_of_us(RESEND_US))) {
            if (now() - begun > ticks_of_us(PATIENCE_US))
                fault("question %lu is not answered, and was asked again and again", asked);
            resent++;
            send(QUESTION, asked);
        }
        counters.of[NETWORK] = asked;
        task_sleep(pace);
    }
}

int network_start(uint64_t pace_us)
{
    static struct task receiver, asker;
    static char receiver_stack[4096] STACK_ALIGNED, asker_stack[4096] STACK_ALIGNED;
    uintptr_t device = virtio_find(KIND, 0);
    if (!device || !virtio_begin(device, 1u << NET_F_MAC) || !virtqueue_start(&rx, device, RX) ||
        !virtqueue_start(&tx, device, TX))
        return 0;
    for (unsigned i = 0; i < sizeof address; i++)
        address[i] = in8(device + CONFIG + i);
    for (unsigned i = 0; i < BUFFERS; i++)
        rx.descriptors[i] = (struct descriptor){(uintptr_t)&received[i], sizeof received[i], DESC_WRITE, 0};
    pace = ticks_of_us(pace_us);
    irq_attach((unsigned)((device - SLOT(0)) / (SLOT(1) - SLOT(0))) + 1, interrupted, 0);
    virtio_ok(device);
    for (uint16_t i = 0; i < BUFFERS; i++)
        virtqueue_offer(&rx, i);
    task_create(&receiver, "receiver", 18, receive, 0, receiver_stack, sizeof receiver_stack);
    task_create(&asker, "asker", 17, ask, 0, asker_stack, sizeof asker_stack);
    return 1;
}
