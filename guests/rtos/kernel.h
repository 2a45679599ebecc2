/* What the files of the kernel share. All of it is called with interrupts off. */
#ifndef KERNEL_H
#define KERNEL_H

#include "rtos.h"

/* The running task waits in `list`, which may be null, until task_wake or the deadline; false if that came first. */
int task_wait(struct wait_list *list, struct mutex *mutex, uint64_t deadline);
/* Makes a waiting task ready; it runs at once if it is the best and the caller switches interrupts on. */
void task_wake(struct task *t);
/* Gives a task another priority, wherever it is. */
void task_set_priority(struct task *t, int priority);

/* At the end of a trap: the frame of whoever is to run. */
struct frame *task_switch(struct frame *interrupted);
/* The timer rang: wakes who is due. */
void task_timer(void);

void timer_init(const void *dtb);
void timer_set(uint64_t deadline);
void trap_init(void);
void uart_init(const void *dtb);

#endif
