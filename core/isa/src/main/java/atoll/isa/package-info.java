/**
 * The RISC-V instruction set as a table: decoder, disassembler, assembler, CSR numbers, instruction
 * classes.
 *
 * <p>{@code src/main/insn/rv64.insn} and {@code csr.table} define the set; {@code
 * core/isa/generate} turns them into {@code Op}, {@code Match}, {@code DecodeTree}, {@code
 * InstructionRows} and {@code CsrNumber} below {@code src/main/generated}. The effects of
 * instructions are not defined here: no state, no memory, no traps taken.
 */
package atoll.isa;
