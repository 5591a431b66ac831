/* The fold of src/opentape/flow in C: the yardstick for what the compiled kernels reach.

   The same stages over the same columns, to the same parents: hygiene, quote rule, volume
   and proof, windows of (contract, side), closing what time has passed. All state of a
   contract is one cache line, asked for well ahead. What needs no state, the quote rule
   above all, is done first for a block of prints and without branches; members of a window
   are linked by row and read again only if their parent is kept. Left out are switches that
   are off by default and repeats that only a table of all rows could find; rows that would
   need one are counted.

   gcc -O3 -march=native -shared -fPIC fold.c -o fold.so */

#include <stdbool.h>
#include <stdint.h>

#define AHEAD 24
#define AT_ONCE 1024
#define GAP 500000000LL
#define SPAN 3000000000LL
#define LATE 2000000000LL
#define CENT 10000000LL
#define BLOCK 100
#define UNKNOWN INT64_MIN
#define EXPIRED (-2)
#define SHIFT 25

enum { BUY, SELL, MID };
enum { AT_MID, AT_ASK, AT_BID, ABOVE_ASK, BELOW_BID };
enum { OK, LOCKED, CROSSED, ONE_SIDED, MISSING, STALE, VENUE };
enum { ISO = 1, AUCTION_ISO = 3, NAMED_BUY = 6, NAMED_SELL = 7, EXCLUDED = 14, CANCEL = 15 };

/* What is known of a print without any state, in one number:
   2 bits side, 3 bits label, 3 bits quote, then: */
enum { FIT = 1 << 8, CANCELS = 1 << 9, SWEEPS = 1 << 10, SILENT = 1 << 11 };
#define LABEL(code) ((code) >> 2 & 7)
#define QUOTE(code) ((code) >> 5 & 7)

typedef struct {
    int64_t rows;
    const int64_t *ts, *sequence, *price, *bid, *ask, *spot;
    const int32_t *contract, *size;
    const uint8_t *venue, *condition, *marks;
} Batch;

typedef struct {
    int64_t last[2], sequence;
    uint32_t span[2];
    int32_t tail[2], held[2], volume[3], oi;
} __attribute__((aligned(64))) Contract;

typedef struct {
    int64_t first_ts, last_ts, sequence, spot, notional_high, notional_low;
    int64_t price_min, price_max, venues, size;
    uint32_t row;
    int32_t contract, tail, legs, iso_legs;
    uint16_t flags;
    uint8_t venue, side, label, nbbo, sweep, unused;
} Parent;

typedef struct {
    int64_t now, passed, parents, rejected, cancels, late, suspects;
    int64_t classes[16], sequences[64];
} Clock;

typedef struct {
    Contract *contracts;
    int32_t *proven, *link;
    uint16_t *code;
    Parent *parents;
    const uint16_t *flags;
    int64_t may_be_signed, may_sweep; /* bit masks over classes */
    Clock *clock;
} State;

/* Conditions are numbers here, 0 or 1, so that the loop over these needs no branches. */
typedef int64_t Flag;

static inline int64_t choose(Flag flag, int64_t yes, int64_t no) {
    return flag ? yes : no;
}

static inline int64_t nbbo_of(int64_t bid, int64_t ask, int64_t marks) {
    Flag unknown = (bid == UNKNOWN) & (ask == UNKNOWN), zero = (bid == 0) & (ask == 0);
    int64_t nbbo = choose(marks >> 1 & 1, STALE, choose(marks & 1, VENUE, OK));
    nbbo = choose(bid == ask, LOCKED, choose(bid > ask, CROSSED, nbbo));
    nbbo = choose((ask <= 0) | (bid < 0), ONE_SIDED, nbbo);
    return choose(unknown | zero, MISSING, nbbo);
}

static inline Flag fit(int64_t price, int64_t bid, int64_t ask, int64_t size, Flag excused) {
    Flag absurd = ((ask > 0) & (price > 10 * ask)) | ((bid > 0) & (10 * price < bid));
    return (price > 0) & (size > 0) & (excused | !absurd);
}

static inline int64_t side_of(int64_t twice, int64_t class, Flag usable) {
    int64_t side = MID - usable * (2 * (twice > 0) + (twice < 0));
    return choose(class == NAMED_BUY, BUY, choose(class == NAMED_SELL, SELL, side));
}

static inline int64_t label_of(int64_t price, int64_t bid, int64_t ask, Flag usable) {
    int64_t over = ask - price, under = price - bid, spread = ask - bid;
    int64_t label = choose((under <= CENT) & (20 * under <= spread), AT_BID, AT_MID);
    label = choose((over <= CENT) & (20 * over <= spread), AT_ASK, label);
    label = choose(under < 0, BELOW_BID, label);
    return usable * choose(over < 0, ABOVE_ASK, label);
}

/* Everything that needs no state, for `count` prints from `start`. */
static void encode(const Batch *batch, const State *state, int64_t start, int64_t count) {
    const int64_t *restrict prices = batch->price + start, *restrict bids = batch->bid + start;
    const int64_t *restrict asks = batch->ask + start;
    const int32_t *restrict sizes = batch->size + start;
    const uint8_t *restrict classes = batch->condition + start;
    const uint8_t *restrict marks = batch->marks + start;
    uint16_t *restrict codes = state->code + start;
    int64_t may_be_signed = state->may_be_signed, may_sweep = state->may_sweep;
    for (int64_t i = 0; i < count; i++) {
        int64_t price = prices[i], bid = bids[i], ask = asks[i], class = classes[i];
        int64_t nbbo = nbbo_of(bid, ask, marks[i]);
        Flag usable = ((nbbo == OK) | (nbbo == VENUE)) & (may_be_signed >> class & 1);
        Flag excused = (nbbo == CROSSED) | (class == EXCLUDED);
        int64_t side = side_of(2 * price - bid - ask, class, usable);
        int64_t code = side | label_of(price, bid, ask, usable) << 2 | nbbo << 5;
        code |= FIT * fit(price, bid, ask, sizes[i], excused);
        code |= SWEEPS * ((may_sweep >> class & 1) & (side != MID));
        code |= CANCELS * (class == CANCEL) | SILENT * (class == EXCLUDED);
        codes[i] = (uint16_t)code;
    }
}

static inline bool earlier(const Batch *batch, int32_t one, int32_t other) {
    if (batch->ts[one] != batch->ts[other]) return batch->ts[one] < batch->ts[other];
    if (batch->sequence[one] != batch->sequence[other])
        return batch->sequence[one] < batch->sequence[other];
    return one < other;
}

/* Write a parent from its members, the chain of links that starts at `tail`. */
static __attribute__((noinline)) void describe(const Batch *batch, const State *state,
                                               int32_t tail) {
    Parent *parent = &state->parents[state->clock->parents++];
    int64_t by_label[5] = {0};
    int32_t first = tail;
    *parent = (Parent){.first_ts = batch->ts[tail], .last_ts = batch->ts[tail], .tail = tail,
                       .contract = batch->contract[tail], .side = state->code[tail] & 3,
                       .price_min = batch->price[tail], .price_max = batch->price[tail]};
    for (int32_t row = tail; row >= 0; row = state->link[row]) {
        int64_t ts = batch->ts[row], price = batch->price[row], size = batch->size[row];
        int class = batch->condition[row];
        if (ts < parent->first_ts) parent->first_ts = ts;
        if (ts > parent->last_ts) parent->last_ts = ts;
        if (price < parent->price_min) parent->price_min = price;
        if (price > parent->price_max) parent->price_max = price;
        parent->notional_high += (price >> SHIFT) * size;
        parent->notional_low += (price & ((1 << SHIFT) - 1)) * size;
        parent->size += size;
        parent->legs++;
        parent->iso_legs += class == ISO || class == AUCTION_ISO;
        parent->venues |= 1LL << batch->venue[row];
        parent->flags |= state->flags[class];
        by_label[LABEL(state->code[row])] += size;
        if (earlier(batch, row, first)) first = row;
    }
    parent->sequence = batch->sequence[first], parent->row = (uint32_t)first;
    parent->spot = batch->spot[first], parent->venue = batch->venue[first];
    parent->nbbo = QUOTE(state->code[first]);
    for (int label = 1; label < 5; label++)
        if (by_label[label] > by_label[parent->label]) parent->label = label;
    parent->sweep = parent->legs > 1;
}

/* Put a print into the open window of its side, begin another, or let it stand alone. */
static inline void gather(const Batch *batch, const State *state, Contract *contract,
                          int64_t now, int32_t row) {
    int code = state->code[row], side = code & 3;
    int64_t ts = batch->ts[row];
    int32_t size = batch->size[row];
    if (code & SWEEPS) {
        int64_t last = contract->last[side], first = last - contract->span[side];
        int64_t newest = ts > last ? ts : last, oldest = ts < first ? ts : first;
        if ((contract->held[side] > 0) & (first - GAP <= ts) & (ts <= last + GAP) &
            (now - last <= GAP) & (newest - oldest <= SPAN)) {
            contract->last[side] = newest;
            contract->span[side] = (uint32_t)(newest - oldest);
            state->link[row] = contract->tail[side];
            contract->tail[side] = row;
            contract->held[side] += size;
            return;
        }
        if (ts == now) {
            if (contract->held[side] >= BLOCK) describe(batch, state, contract->tail[side]);
            contract->last[side] = ts, contract->span[side] = 0;
            contract->tail[side] = row, contract->held[side] = size;
            return;
        }
    }
    if (size >= BLOCK && !(code & SILENT)) describe(batch, state, row);
}

/* Close the windows that were silent for longer than the gap, looking at each row once. */
static inline void close_passed(const Batch *batch, const State *state, int64_t due,
                                int64_t rows) {
    int64_t passed = state->clock->passed;
    for (; passed < rows && batch->ts[passed] < due; passed++) {
        int code = state->code[passed], side = code & 3;
        if (!(code & SWEEPS)) continue;
        Contract *contract = &state->contracts[batch->contract[passed]];
        if (contract->held[side] == 0 || contract->last[side] >= due) continue;
        if (contract->held[side] >= BLOCK) describe(batch, state, contract->tail[side]);
        contract->held[side] = 0;
    }
    state->clock->passed = passed;
}

static inline void note_sequence(Clock *clock, Contract *contract, int64_t sequence,
                                 int venue) {
    if (sequence <= 0) return;
    int64_t largest = clock->sequences[venue];
    clock->suspects += (sequence <= contract->sequence) & (sequence <= largest);
    contract->sequence = sequence > contract->sequence ? sequence : contract->sequence;
    clock->sequences[venue] = sequence > largest ? sequence : largest;
}

/* Count one print in its contract and gather it. */
static inline void take(const Batch *batch, const State *state, int32_t i) {
    Clock *clock = state->clock;
    Contract *contract = &state->contracts[batch->contract[i]];
    int code = state->code[i];
    int64_t ts = batch->ts[i], size = batch->size[i];
    int64_t volume = (int64_t)contract->volume[0] + contract->volume[1] + contract->volume[2];
    bool stands = contract->oi != EXPIRED && volume + size <= INT32_MAX && code & FIT;
    state->link[i] = -1;
    if (!stands && !(code & CANCELS)) {
        state->code[i] = 0;
        clock->rejected++;
        return;
    }
    note_sequence(clock, contract, batch->sequence[i], batch->venue[i]);
    int64_t now = clock->now = ts > clock->now ? ts : clock->now;
    if (code & CANCELS) {
        state->code[i] = 0;
        clock->cancels++;
        return;
    }
    clock->classes[batch->condition[i]]++;
    int64_t closable = contract->oi + volume;
    if (contract->oi >= 0 && size > closable)
        state->proven[batch->contract[i]] += (int32_t)(size - closable);
    contract->volume[code & 3] += (int32_t)size;
    if (now - ts > LATE)
        clock->late++;
    else
        gather(batch, state, contract, now, i);
}

void fold(const Batch *given, const State *from) {
    const Batch batch = *given;
    const State state = *from;
    for (int64_t start = 0; start < batch.rows; start += AT_ONCE) {
        int64_t stop = start + AT_ONCE < batch.rows ? start + AT_ONCE : batch.rows;
        encode(&batch, &state, start, stop - start);
        for (int64_t i = start; i < stop; i++) {
            int64_t ahead = i + AHEAD < batch.rows ? i + AHEAD : batch.rows - 1;
            __builtin_prefetch(&state.contracts[batch.contract[ahead]], 1, 3);
            take(&batch, &state, (int32_t)i);
            close_passed(&batch, &state, state.clock->now - GAP, i + 1);
        }
    }
}

/* Close every open window: the tape is over. */
void finish(const Batch *batch, const State *state) {
    close_passed(batch, state, INT64_MAX, batch->rows);
}
