/* The fold of src/opentape/flow in C: the yardstick for what the compiled kernels reach.

   The same stages in the same order over the same columns: hygiene, quote rule, volume and
   proof, windows of (contract, side), closing what time has passed. All state of a contract
   is one cache line, asked for 16 prints ahead; recent prints wait in a ring, linked into
   the windows they belong to. Left out are switches that are off by default and repeats
   that only a table of all rows could find; rows that would need one are counted.

   gcc -O3 -march=native -shared -fPIC fold.c -o fold.so */

#include <stdbool.h>
#include <stdint.h>

#define AHEAD 16
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
    int64_t ts, sequence, price, spot;
    uint32_t row;
    int32_t contract, size, link;
    uint8_t venue, condition, side, label, nbbo, late;
} Print;

typedef struct {
    int64_t first_ts, last_ts, sequence, spot, notional_high, notional_low;
    int64_t price_min, price_max, venues, size;
    uint32_t row;
    int32_t contract, tail, legs, iso_legs;
    uint16_t flags;
    uint8_t venue, side, label, nbbo, sweep, unused;
} Parent;

typedef struct {
    int64_t now, rows, passed, kept, parents;
    int64_t rejected, cancels, late, suspects, classes[16], sequences[64];
} Clock;

typedef struct {
    Contract *contracts;
    int32_t *proven;
    Print *ring;
    int64_t mask;
    Parent *parents;
    const uint16_t *flags, *may_be_signed, *may_sweep;
    Clock *clock;
} State;

static inline int nbbo_of(int64_t bid, int64_t ask, int marks) {
    if ((bid == UNKNOWN && ask == UNKNOWN) || (bid == 0 && ask == 0)) return MISSING;
    if (ask <= 0 || bid < 0) return ONE_SIDED;
    if (bid >= ask) return bid == ask ? LOCKED : CROSSED;
    return marks & 2 ? STALE : marks & 1 ? VENUE : OK;
}

static inline bool fit(int64_t price, int64_t bid, int64_t ask, int size, int class, int nbbo) {
    if (price <= 0 || size <= 0) return false;
    if (nbbo == CROSSED || class == EXCLUDED) return true;
    return !(ask > 0 && price > 10 * ask) && !(bid > 0 && 10 * price < bid);
}

static inline bool standing(const Contract *contract, int size) {
    int64_t total = (int64_t)contract->volume[BUY] + contract->volume[SELL];
    return contract->oi != EXPIRED && total + contract->volume[MID] + size <= INT32_MAX;
}

static inline int side_of(int64_t price, int64_t bid, int64_t ask, int class, bool usable) {
    if (class == NAMED_BUY || class == NAMED_SELL) return class - NAMED_BUY;
    if (!usable) return MID;
    int64_t twice = 2 * price - bid - ask;
    return twice == 0 ? MID : twice > 0 ? BUY : SELL;
}

static inline int label_of(int64_t price, int64_t bid, int64_t ask, bool usable) {
    if (!usable) return AT_MID;
    if (price > ask) return ABOVE_ASK;
    if (price < bid) return BELOW_BID;
    int64_t reach = (ask - bid) / 20 < CENT ? (ask - bid) / 20 : CENT;
    if (ask - price <= reach) return AT_ASK;
    return price - bid <= reach ? AT_BID : AT_MID;
}

static inline bool earlier(const Print *one, const Print *other) {
    if (one->ts != other->ts) return one->ts < other->ts;
    if (one->sequence != other->sequence) return one->sequence < other->sequence;
    return one->row < other->row;
}

static void describe(State *state, int32_t tail, Parent *parent) {
    int64_t by_label[5] = {0};
    const Print *first = &state->ring[tail & state->mask];
    *parent = (Parent){.first_ts = first->ts, .last_ts = first->ts, .tail = tail,
                       .contract = first->contract, .side = first->side,
                       .price_min = first->price, .price_max = first->price};
    for (int32_t row = tail; row >= 0;) {
        const Print *mine = &state->ring[row & state->mask];
        if (mine->ts < parent->first_ts) parent->first_ts = mine->ts;
        if (mine->ts > parent->last_ts) parent->last_ts = mine->ts;
        if (mine->price < parent->price_min) parent->price_min = mine->price;
        if (mine->price > parent->price_max) parent->price_max = mine->price;
        parent->notional_high += (mine->price >> SHIFT) * mine->size;
        parent->notional_low += (mine->price & ((1 << SHIFT) - 1)) * mine->size;
        parent->size += mine->size;
        parent->legs++;
        parent->iso_legs += mine->condition == ISO || mine->condition == AUCTION_ISO;
        parent->venues |= 1LL << mine->venue;
        parent->flags |= state->flags[mine->condition];
        by_label[mine->label] += mine->size;
        if (earlier(mine, first)) first = mine;
        row = mine->link;
    }
    parent->sequence = first->sequence, parent->row = first->row, parent->spot = first->spot;
    parent->venue = first->venue, parent->nbbo = first->nbbo;
    for (int label = 1; label < 5; label++)
        if (by_label[label] > by_label[parent->label]) parent->label = label;
    parent->sweep = parent->legs > 1;
}

static inline void close_window(State *state, Contract *contract, int side) {
    int32_t held = contract->held[side];
    contract->held[side] = 0;
    if (held >= BLOCK)
        describe(state, contract->tail[side], &state->parents[state->clock->parents++]);
}

static inline void settle(State *state, Contract *contract, Print *mine, int32_t row) {
    int side = mine->side;
    if (contract->oi >= 0) {
        int64_t closable = (int64_t)contract->oi + contract->volume[BUY];
        closable += (int64_t)contract->volume[SELL] + contract->volume[MID];
        if (mine->size > closable) state->proven[mine->contract] += mine->size - closable;
    }
    contract->volume[side] += mine->size;
    if (mine->late) return;
    int64_t ts = mine->ts, now = state->clock->now;
    if (side != MID && state->may_sweep[mine->condition]) {
        if (contract->held[side] > 0) {
            int64_t last = contract->last[side], first = last - contract->span[side];
            int64_t newest = ts > last ? ts : last, oldest = ts < first ? ts : first;
            if (first - GAP <= ts && ts <= last + GAP && now - last <= GAP &&
                newest - oldest <= SPAN) {
                contract->last[side] = newest;
                contract->span[side] = newest - oldest;
                mine->link = contract->tail[side];
                contract->tail[side] = row;
                contract->held[side] += mine->size;
                return;
            }
        }
        if (ts == now) {
            if (contract->held[side] > 0) close_window(state, contract, side);
            contract->last[side] = ts, contract->span[side] = 0;
            contract->tail[side] = row, contract->held[side] = mine->size;
            return;
        }
    }
    if (mine->size >= BLOCK && mine->condition != EXCLUDED)
        describe(state, row, &state->parents[state->clock->parents++]);
}

static inline void close_passed(State *state) {
    Clock *clock = state->clock;
    int64_t due = clock->now - GAP;
    while (clock->passed < clock->rows) {
        const Print *mine = &state->ring[clock->passed & state->mask];
        if (mine->ts >= due) break;
        if (mine->side != MID) {
            Contract *contract = &state->contracts[mine->contract];
            if (contract->held[mine->side] > 0 && contract->last[mine->side] < due)
                close_window(state, contract, mine->side);
        }
        clock->passed++;
    }
    while (clock->kept < clock->passed &&
           state->ring[clock->kept & state->mask].ts < due - SPAN)
        clock->kept++;
}

/* Fold from `start`; return how far it came: short of the end where the ring is full. */
int64_t fold(const Batch *batch, int64_t start, State *state) {
    Clock *clock = state->clock;
    for (int64_t i = start; i < batch->rows; i++) {
        int64_t ahead = i + AHEAD < batch->rows ? i + AHEAD : batch->rows - 1;
        __builtin_prefetch(&state->contracts[batch->contract[ahead]], 1, 3);
        Contract *contract = &state->contracts[batch->contract[i]];
        int64_t ts = batch->ts[i], price = batch->price[i], sequence = batch->sequence[i];
        int64_t bid = batch->bid[i], ask = batch->ask[i];
        int class = batch->condition[i], size = batch->size[i], venue = batch->venue[i];
        int nbbo = nbbo_of(bid, ask, batch->marks[i]);
        if (clock->rows - clock->kept > state->mask) return i;
        if (class != CANCEL && !(fit(price, bid, ask, size, class, nbbo) &&
                                 standing(contract, size))) {
            clock->rejected++;
            continue;
        }
        if (sequence > 0) {
            clock->suspects += sequence <= contract->sequence &&
                               sequence <= clock->sequences[venue];
            if (sequence > contract->sequence) contract->sequence = sequence;
            if (sequence > clock->sequences[venue]) clock->sequences[venue] = sequence;
        }
        if (ts > clock->now) clock->now = ts;
        if (class == CANCEL) {
            clock->cancels++;
            continue;
        }
        bool late = clock->now - ts > LATE;
        bool usable = (nbbo == OK || nbbo == VENUE) && state->may_be_signed[class];
        clock->late += late;
        clock->classes[class]++;
        int32_t row = (int32_t)clock->rows;
        Print *mine = &state->ring[row & state->mask];
        *mine = (Print){.ts = ts, .sequence = sequence, .price = price,
                        .spot = batch->spot[i], .row = (uint32_t)i,
                        .contract = batch->contract[i], .size = size, .link = -1,
                        .venue = venue, .condition = class, .nbbo = nbbo, .late = late,
                        .side = side_of(price, bid, ask, class, usable),
                        .label = label_of(price, bid, ask, usable)};
        settle(state, contract, mine, row);
        clock->rows++;
        close_passed(state);
    }
    return batch->rows;
}

/* Close every open window: the tape is over. */
void finish(State *state) {
    state->clock->now = 1LL << 62;
    close_passed(state);
}
