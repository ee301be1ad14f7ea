// Streams that run late, events, capture and graphs. Work waits in its stream until somebody waits for it; it then runs on
// the thread that waits, and only as much of it, and of the streams that it depends on, as the wait covers.
#include <time.h>

#include <algorithm>
#include <thread>

#include "api.h"
#include "turns.h"

namespace simcuda {

/** One recording of an event: a place in a stream. */
struct Record {
    StreamPointer stream;
    uint64_t ticket = 0;
    bool done = false;
    double micros = 0;
    std::shared_ptr<Capture> capture; // recorded in one
    std::map<Stream*, size_t> known;  // nodes of each captured stream that come before it
};

struct Event {
    bool timing = true;
    uint64_t polls = 0;
    std::shared_ptr<Record> record;
};

/** A node of a graph. Lanes are the streams that were captured, the first one 0, counted as they were made. */
struct Captured {
    Node node;
    Stream* stream;
    std::map<Stream*, size_t> after; // nodes of each stream that come before it
};

/** What an instantiated graph runs: of each lane its nodes, in order. */
struct Plan {
    struct Step {
        Node node;
        std::vector<size_t> after; // nodes of each lane that come before it
    };
    std::vector<std::vector<Step>> lanes;
    size_t size = 0;
};

/** A capture in progress. */
struct Capture {
    int mode = 0; // 0 global, 1 thread-local, 2 relaxed
    bool invalid = false;
    std::thread::id thread;
    Stream* origin = nullptr;
    std::set<Stream*> streams;
    std::map<Stream*, size_t> nodesOf;                 // nodes captured from a stream
    std::map<Stream*, std::map<Stream*, size_t>> seen; // what a stream's next node comes after
    std::vector<Captured> nodes;                       // in the order of the calls
};

struct Graph {
    Plan plan;
};

namespace {

typedef std::shared_ptr<Plan> Program;

struct Streams {
    StreamPointer legacy = std::make_shared<Stream>();
    std::map<Stream*, StreamPointer> streams;
    uint64_t streamsMade = 0;
    bool othersRun = false; // ahead of what is waited for
    std::set<Event*> events;
    std::set<Graph*> graphs;
    std::map<Program*, Program> programs; // handles of instantiated graphs
    std::set<std::shared_ptr<Capture>> captures;
};

Streams& all() {
    static Streams* instance = new Streams;
    return *instance;
}

thread_local int threadMode = 0; // of cuThreadExchangeStreamCaptureMode

double microsNow() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e6 + now.tv_nsec * 1e-3;
}

int createStream(CUstream* handle, unsigned flags) {
    StreamPointer made = std::make_shared<Stream>();
    made->blocking = (flags & 1) == 0; // CU_STREAM_NON_BLOCKING
    made->number = ++all().streamsMade;
    all().streams[made.get()] = made;
    *handle = reinterpret_cast<CUstream>(made.get());
    return success;
}

/** Runs one piece of work unless the context has failed. */
void run(const Node& node) {
    if (failure() != success) return;
    try {
        node.run();
    } catch (const Failure& f) {
        fail(f.code);
    } catch (const std::exception& e) {
        fault(format("%s: %s", node.name.c_str(), e.what()));
        fail(launchFailed);
    }
}

void runOthers(const Stream& stream);

/** Runs a stream's work up to and with the ticket. */
void drain(Stream& stream, uint64_t ticket) {
    if (stream.done >= ticket) return;
    Reach reach;
    while (stream.done < ticket) {
        runOthers(stream);
        if (stream.done >= ticket) return; // they waited for it
        Node node = std::move(stream.pending.front());
        stream.pending.pop_front();
        stream.busy = true;
        run(node);
        stream.busy = false;
        stream.done++;
        stream.polls = 0;
    }
}

/** The streams but this one that could go on without a wait, as they were made. */
std::vector<Stream*> others(const Stream& stream) {
    std::map<uint64_t, Stream*> ready;
    for (auto& entry : all().streams) {
        Stream* other = entry.first;
        if (other == &stream || other->busy || other->pending.empty()) continue;
        const Node& next = other->pending.front();
        if (!next.ready || next.ready()) ready[other->number] = other;
    }
    std::vector<Stream*> result;
    for (auto& entry : ready) result.push_back(entry.second);
    return result;
}

/** Other streams need not wait until somebody waits for them: the order decides how far they go first. */
void runOthers(const Stream& stream) {
    Turns& turns = Turns::instance();
    if (turns.forward() || all().othersRun) return;
    all().othersRun = true;
    for (auto ready = others(stream); !ready.empty() && turns.othersFirst(); ready = others(stream)) {
        Stream& other = *ready[turns.pick(ready.size())];
        drain(other, other.done + 1);
    }
    all().othersRun = false;
}

void append(Stream& stream, Node node) {
    stream.pending.push_back(std::move(node));
    stream.enqueued++;
}

/** Work that waits for a place in a stream. */
Node waiting(const StreamPointer& stream, uint64_t ticket) {
    Node node{[stream, ticket] { drain(*stream, ticket); }, "wait"};
    node.ready = [stream, ticket] { return stream->done >= ticket; };
    return node;
}

/** The stream's later work comes after all that the other has now. */
void appendWait(Stream& stream, const StreamPointer& other) {
    uint64_t ticket = other->enqueued;
    if (other->done < ticket) append(stream, waiting(other, ticket));
}

/** The legacy stream waits for the blocking ones and they for it. */
void appendLegacyWaits(const StreamPointer& stream) {
    if (stream == all().legacy) {
        for (auto& entry : all().streams) {
            if (entry.second->blocking) appendWait(*stream, entry.second);
        }
    } else if (stream->blocking) {
        appendWait(*stream, all().legacy);
    }
}

void invalidate(const std::shared_ptr<Capture>& capture) { capture->invalid = true; }

int captureNode(const StreamPointer& stream, Node node) {
    Capture& capture = *stream->capture;
    if (capture.invalid) return captureInvalidated;
    capture.nodes.push_back(Captured{std::move(node), stream.get(), capture.seen[stream.get()]});
    size_t position = ++capture.nodesOf[stream.get()];
    capture.seen[stream.get()][stream.get()] = position;
    return success;
}

/** The legacy stream may not be used while a stream that it waits for is captured. */
int legacyDuringCapture() {
    int result = success;
    for (const auto& capture : all().captures) {
        for (Stream* stream : capture->streams) {
            if (!stream->blocking) continue;
            invalidate(capture);
            result = captureImplicit;
        }
    }
    return result;
}

void endCapture(const std::shared_ptr<Capture>& capture) {
    for (Stream* stream : capture->streams) stream->capture = nullptr;
    all().captures.erase(capture);
}

/** True if each stream of the capture was joined to its origin, by an event that comes after all its nodes. */
bool joined(Capture& capture) {
    auto& seen = capture.seen[capture.origin];
    for (auto& entry : capture.nodesOf) {
        if (seen[entry.first] < entry.second) return false;
    }
    return true;
}

/** The nodes of a capture that has ended, by lane. */
Plan planOf(const Capture& capture) {
    std::vector<Stream*> lanes(capture.streams.begin(), capture.streams.end());
    std::sort(lanes.begin(), lanes.end(), [&](Stream* a, Stream* b) {
        return a != b && b != capture.origin && (a == capture.origin || a->number < b->number);
    });
    Plan plan;
    plan.lanes.resize(lanes.size());
    plan.size = capture.nodes.size();
    for (const Captured& captured : capture.nodes) {
        Plan::Step step{captured.node, {}};
        for (Stream* lane : lanes) {
            auto before = captured.after.find(lane);
            step.after.push_back(before == captured.after.end() ? 0 : before->second);
        }
        plan.lanes[std::find(lanes.begin(), lanes.end(), captured.stream) - lanes.begin()].push_back(std::move(step));
    }
    return plan;
}

/** Each node after those that it comes after, and otherwise in the order of the control. */
void runPlan(const Plan& plan) {
    std::vector<size_t> done(plan.lanes.size());
    for (size_t left = plan.size; left > 0; left--) {
        std::vector<size_t> ready;
        for (size_t lane = 0; lane < done.size(); lane++) {
            if (done[lane] == plan.lanes[lane].size()) continue;
            const auto& after = plan.lanes[lane][done[lane]].after;
            if (std::equal(done.begin(), done.end(), after.begin(), std::greater_equal<size_t>())) ready.push_back(lane);
        }
        size_t lane = ready[Turns::instance().pick(ready.size())];
        run(plan.lanes[lane][done[lane]].node);
        done[lane]++;
    }
}

int finish(Stream& stream) {
    drain(stream, stream.enqueued);
    return failure();
}

Event* eventOf(CUevent handle) {
    Event* event = reinterpret_cast<Event*>(handle);
    return all().events.count(event) == 0 ? nullptr : event;
}

int recordInCapture(const StreamPointer& stream, Event& event) {
    if (stream->capture->invalid) return captureInvalidated;
    event.record = std::make_shared<Record>();
    event.record->capture = stream->capture;
    event.record->known = stream->capture->seen[stream.get()];
    return success;
}

int recordEvent(const StreamPointer& stream, Event& event) {
    if (stream->capture != nullptr) return recordInCapture(stream, event);
    auto record = std::make_shared<Record>();
    int code = enqueue(stream, Node{[record] {
                                        record->done = true;
                                        record->micros = microsNow();
                                    },
                                    "event"});
    if (code != success) return code;
    record->stream = stream;
    record->ticket = stream->enqueued;
    event.record = record;
    event.polls = 0;
    return success;
}

/** A wait for an event that was recorded in a capture takes the stream into that capture, or back to where it came from. */
int waitInCapture(const StreamPointer& stream, const Record& record) {
    const auto& capture = record.capture;
    if (all().captures.count(capture) == 0) return capturedEvent;
    if (capture->invalid) return captureInvalidated;
    if (stream->capture != nullptr && stream->capture != capture) {
        invalidate(stream->capture);
        invalidate(capture);
        return captureMerge;
    }
    if (stream == all().legacy) return legacyDuringCapture(), captureImplicit;
    stream->capture = capture;
    capture->streams.insert(stream.get());
    auto& seen = capture->seen[stream.get()];
    for (auto& entry : record.known) seen[entry.first] = std::max(seen[entry.first], entry.second);
    return success;
}

int waitEvent(const StreamPointer& stream, const std::shared_ptr<Record>& record) {
    if (record == nullptr) return success; // never recorded: nothing to wait for
    if (record->capture != nullptr) return waitInCapture(stream, *record);
    if (stream->capture != nullptr) { // an event of outside cannot be a node's dependency
        invalidate(stream->capture);
        return 905; // CUDA_ERROR_STREAM_CAPTURE_ISOLATION
    }
    return enqueue(stream, waiting(record->stream, record->ticket));
}

/** The second query in a row finds the work done. */
int poll(uint64_t& polls, Stream& stream, uint64_t ticket) {
    if (stream.done >= ticket) return failure();
    if (polls++ == 0) return notReady;
    polls = 0;
    drain(stream, ticket);
    return failure();
}

int queryEvent(Event& event) {
    if (event.record == nullptr) return success;
    if (event.record->capture != nullptr) {
        if (all().captures.count(event.record->capture) != 0) invalidate(event.record->capture);
        return capturedEvent;
    }
    return poll(event.polls, *event.record->stream, event.record->ticket);
}

int waitForEvent(Event& event) {
    if (event.record == nullptr) return success;
    if (event.record->capture != nullptr) return queryEvent(event);
    count("synchronisations");
    drain(*event.record->stream, event.record->ticket);
    return failure();
}

int elapsed(const Event& from, const Event& to, float& millis) {
    if (!from.timing || !to.timing || from.record == nullptr || to.record == nullptr) return invalidHandle;
    if (from.record->capture != nullptr || to.record->capture != nullptr) return invalidHandle;
    if (!from.record->done || !to.record->done) return notReady;
    millis = static_cast<float>((to.record->micros - from.record->micros) * 1e-3);
    return success;
}

int beginCapture(const StreamPointer& stream, int mode) {
    if (stream == all().legacy) return captureUnsupported;
    if (stream->capture != nullptr || mode < 0 || mode > 2) return mode < 0 || mode > 2 ? int(invalidValue) : int(illegalState);
    auto capture = std::make_shared<Capture>();
    capture->mode = mode;
    capture->thread = std::this_thread::get_id();
    capture->origin = stream.get();
    capture->streams.insert(stream.get());
    stream->capture = capture;
    all().captures.insert(capture);
    return success;
}

int endCapture(const StreamPointer& stream, Graph*& result) {
    result = nullptr;
    auto capture = stream->capture;
    if (capture == nullptr) return illegalState;
    if (capture->origin != stream.get()) return captureUnmatched;
    if (capture->mode != 2 && capture->thread != std::this_thread::get_id()) return captureWrongThread;
    bool whole = joined(*capture);
    Plan plan = planOf(*capture);
    endCapture(capture);
    if (capture->invalid) return captureInvalidated;
    if (!whole) return captureUnjoined;
    result = new Graph{std::move(plan)};
    all().graphs.insert(result);
    return success;
}

int launchGraph(const StreamPointer& stream, const Program& program) {
    for (const auto& lane : program->lanes) {
        for (const Plan::Step& step : lane) {
            if (step.node.issued) step.node.issued();
        }
    }
    return enqueue(stream, Node{[program] {
                                    count("graphLaunches");
                                    count("graphNodes", program->size);
                                    runPlan(*program);
                                },
                                "graph"});
}

} // namespace

StreamPointer streamOf(CUstream handle) {
    if (reinterpret_cast<Address>(handle) <= 2) return all().legacy; // null, CU_STREAM_LEGACY, CU_STREAM_PER_THREAD
    auto found = all().streams.find(reinterpret_cast<Stream*>(handle));
    return found == all().streams.end() ? nullptr : found->second;
}

int enqueue(const StreamPointer& stream, Node node) {
    if (stream == nullptr) return invalidHandle;
    if (stream->capture != nullptr) return captureNode(stream, std::move(node));
    if (stream == all().legacy) {
        int code = legacyDuringCapture();
        if (code != success) return code;
    }
    if (node.issued) node.issued();
    appendLegacyWaits(stream);
    append(*stream, std::move(node));
    return success;
}

bool willRead(Address hostStart, size_t bytes) {
    auto reads = [&](const StreamPointer& stream) {
        for (const Node& node : stream->pending) {
            if (hostStart < node.hostStart + node.hostBytes && node.hostStart < hostStart + bytes) return true;
        }
        return false;
    };
    for (auto& entry : all().streams) {
        if (reads(entry.second)) return true;
    }
    return reads(all().legacy);
}

int forbiddenByCapture() {
    int result = success;
    for (const auto& capture : all().captures) {
        bool own = capture->thread == std::this_thread::get_id();
        bool minds = threadMode != 2 && (own ? capture->mode != 2 : capture->mode == 0 && threadMode == 0);
        if (!minds) continue;
        invalidate(capture);
        result = captureUnsupported;
    }
    return result;
}

int synchronize(const StreamPointer& stream) {
    if (stream == nullptr) return invalidHandle;
    if (stream->capture != nullptr) {
        invalidate(stream->capture);
        return captureUnsupported;
    }
    if (stream == all().legacy) {
        int code = legacyDuringCapture();
        if (code != success) return code;
        appendLegacyWaits(stream);
    }
    count("synchronisations");
    return finish(*stream);
}

int synchronizeAll() {
    for (auto& entry : all().streams) finish(*entry.second);
    return finish(*all().legacy);
}

void destroyStreams() {
    Streams& s = all();
    for (const auto& capture : std::set<std::shared_ptr<Capture>>(s.captures)) endCapture(capture);
    s.streams.clear();
    for (Event* event : s.events) delete event;
    s.events.clear();
    for (Graph* graph : s.graphs) delete graph;
    s.graphs.clear();
    s.programs.clear();
    s.legacy = std::make_shared<Stream>();
}

std::string liveStreams() {
    const Streams& s = all();
    std::string result;
    auto add = [&](size_t n, const char* kind) {
        if (n > 0) result += format("%s%zu %s", result.empty() ? "" : ", ", n, kind);
    };
    add(s.streams.size(), "streams");
    add(s.events.size(), "events");
    add(s.graphs.size(), "graphs");
    add(s.programs.size(), "instantiated graphs");
    return result;
}

} // namespace simcuda

using namespace simcuda;

int simcuda_enqueue(CUstream stream, std::function<void()> work, const char* name) {
    Guard guard(lock());
    int code = readiness();
    if (code != success) return code;
    std::string called = name;
    const char* library = called.compare(0, 6, "cublas") == 0 ? "cublas" : called.compare(0, 5, "cudnn") == 0 ? "cudnn" : "other";
    return enqueue(streamOf(stream), Node{[called, library, work] {
                                              count(library);
                                              simcuda::work(called).runs++;
                                              Running running(called);
                                              work();
                                          },
                                          called});
}

bool simcuda_capturing(CUstream stream) {
    Guard guard(lock());
    StreamPointer s = streamOf(stream);
    return s != nullptr && s->capture != nullptr;
}

int simcuda_synchronize(CUstream stream) {
    Guard guard(lock());
    int code = readiness();
    return code != success ? code : synchronize(streamOf(stream));
}

extern "C" {

DRIVER cuStreamCreateWithPriority(CUstream* stream, unsigned flags, int) {
    CONTEXT();
    return createStream(stream, flags);
}

DRIVER cuStreamCreate(CUstream* stream, unsigned flags) {
    CONTEXT();
    return createStream(stream, flags);
}

DRIVER cuStreamDestroy_v2(CUstream stream) {
    CONTEXT();
    StreamPointer s = streamOf(stream);
    if (s == nullptr || s == all().legacy) return invalidHandle;
    if (s->capture != nullptr) return invalidate(s->capture), captureUnsupported;
    finish(*s);
    all().streams.erase(s.get());
    return success;
}

DRIVER cuStreamSynchronize(CUstream stream) {
    CONTEXT();
    return synchronize(streamOf(stream));
}

DRIVER cuStreamQuery(CUstream stream) {
    CONTEXT();
    StreamPointer s = streamOf(stream);
    if (s == nullptr) return invalidHandle;
    if (s->capture != nullptr) return invalidate(s->capture), captureUnsupported;
    return poll(s->polls, *s, s->enqueued);
}

DRIVER cuStreamGetFlags(CUstream stream, unsigned* flags) {
    CONTEXT();
    StreamPointer s = streamOf(stream);
    if (s == nullptr) return invalidHandle;
    *flags = s->blocking ? 0 : 1;
    return success;
}

DRIVER cuStreamGetPriority(CUstream, int* priority) {
    CONTEXT();
    *priority = 0;
    return success;
}

DRIVER cuStreamWaitEvent(CUstream stream, CUevent event, unsigned) {
    CONTEXT();
    StreamPointer s = streamOf(stream);
    Event* e = eventOf(event);
    return s == nullptr || e == nullptr ? int(invalidHandle) : waitEvent(s, e->record);
}

DRIVER cuLaunchHostFunc(CUstream stream, void (*function)(void*), void* data) {
    CONTEXT();
    return enqueue(streamOf(stream), Node{[function, data] { function(data); }, "host function"});
}

DRIVER cuEventCreate(CUevent* event, unsigned flags) {
    CONTEXT();
    Event* made = new Event;
    made->timing = (flags & 2) == 0;
    all().events.insert(made);
    *event = reinterpret_cast<CUevent>(made);
    return success;
}

DRIVER cuEventDestroy_v2(CUevent event) {
    CONTEXT();
    Event* e = eventOf(event);
    if (e == nullptr) return invalidHandle;
    all().events.erase(e);
    delete e;
    return success;
}

DRIVER cuEventRecord(CUevent event, CUstream stream) {
    CONTEXT();
    StreamPointer s = streamOf(stream);
    Event* e = eventOf(event);
    return s == nullptr || e == nullptr ? int(invalidHandle) : recordEvent(s, *e);
}

DRIVER cuEventQuery(CUevent event) {
    CONTEXT();
    Event* e = eventOf(event);
    return e == nullptr ? int(invalidHandle) : queryEvent(*e);
}

DRIVER cuEventSynchronize(CUevent event) {
    CONTEXT();
    Event* e = eventOf(event);
    return e == nullptr ? int(invalidHandle) : waitForEvent(*e);
}

DRIVER cuEventElapsedTime(float* millis, CUevent from, CUevent to) {
    CONTEXT();
    Event* a = eventOf(from);
    Event* b = eventOf(to);
    return a == nullptr || b == nullptr ? int(invalidHandle) : elapsed(*a, *b, *millis);
}

DRIVER cuStreamBeginCapture_v2(CUstream stream, int mode) {
    CONTEXT();
    StreamPointer s = streamOf(stream);
    return s == nullptr ? int(invalidHandle) : beginCapture(s, mode);
}

DRIVER cuStreamEndCapture(CUstream stream, CUgraph* graph) {
    CONTEXT();
    StreamPointer s = streamOf(stream);
    if (s == nullptr) return invalidHandle;
    Graph* made = nullptr;
    int code = endCapture(s, made);
    *graph = reinterpret_cast<CUgraph>(made);
    return code;
}

DRIVER cuStreamIsCapturing(CUstream stream, int* status) {
    CONTEXT();
    StreamPointer s = streamOf(stream);
    if (s == nullptr) return invalidHandle;
    *status = s->capture == nullptr ? 0 : s->capture->invalid ? 2 : 1;
    return success;
}

DRIVER cuThreadExchangeStreamCaptureMode(int* mode) {
    CONTEXT();
    std::swap(*mode, threadMode);
    return success;
}

DRIVER cuGraphInstantiateWithFlags(CUgraphExec* exec, CUgraph graph, unsigned long long) {
    CONTEXT();
    Graph* g = reinterpret_cast<Graph*>(graph);
    if (all().graphs.count(g) == 0) return invalidValue;
    Program program = std::make_shared<Plan>(g->plan);
    Program* handle = new Program(program);
    all().programs[handle] = program;
    *exec = reinterpret_cast<CUgraphExec>(handle);
    return success;
}

DRIVER cuGraphUpload(CUgraphExec exec, CUstream) {
    CONTEXT();
    return all().programs.count(reinterpret_cast<Program*>(exec)) == 0 ? invalidValue : success;
}

DRIVER cuGraphLaunch(CUgraphExec exec, CUstream stream) {
    CONTEXT();
    auto found = all().programs.find(reinterpret_cast<Program*>(exec));
    return found == all().programs.end() ? int(invalidValue) : launchGraph(streamOf(stream), found->second);
}

DRIVER cuGraphGetNodes(CUgraph graph, void** nodes, size_t* number) {
    CONTEXT();
    Graph* g = reinterpret_cast<Graph*>(graph);
    if (all().graphs.count(g) == 0) return invalidValue;
    if (nodes != nullptr) return notSupported;
    *number = g->plan.size;
    return success;
}

DRIVER cuGraphExecDestroy(CUgraphExec exec) {
    CONTEXT();
    Program* handle = reinterpret_cast<Program*>(exec);
    if (all().programs.erase(handle) == 0) return invalidValue;
    delete handle;
    return success;
}

DRIVER cuGraphDestroy(CUgraph graph) {
    CONTEXT();
    Graph* g = reinterpret_cast<Graph*>(graph);
    if (all().graphs.erase(g) == 0) return invalidValue;
    delete g;
    return success;
}
}
