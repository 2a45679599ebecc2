/**
 * The RISC-V instruction set as a table: decoder, disassembler, assembler, CSR numbers, instruction
 * classes.
 */
package atoll.isa;
