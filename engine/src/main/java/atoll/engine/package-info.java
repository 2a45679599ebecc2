/** The hart: registers, CSRs, traps, MMU, FPU and the engines that execute it. */
package atoll.engine;
