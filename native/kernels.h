// The kernels, declared once per instruction set: include with DUET_ISA naming the namespace. No include guard, on purpose.
// Addresses come from Java as int64_t. Kernels allocate nothing. Layout: images NHWC, rows row-major, float32 unless said.
// Buffers that are read as vectors must be readable for 64 bytes beyond their end.

namespace duet {
namespace DUET_ISA {

/**
 * target = epilogue(source * weights), see ConvolutionPlan; bias (channels) for the bias epilogues. The sum epilogues add
 * up what they store over all positions and images to biasGradient (channels), gateSum after zeroing where gate (shape and
 * type of target) is not positive: ReLU's derivative by its output. A bfloat16 source takes weights of pairRows or
 * transposePairs, a float32 source float32 weights; types: elements.h.
 */
void convolve(int64_t plan, int epilogue, int sourceType, int64_t source, int64_t weights, int64_t bias, int64_t gate,
              int targetType, int64_t target, int64_t biasGradient, int images);

/**
 * gradient (float32) = sum over images and pairs of fine (outer) coarse, overwritten; see WeightPlan. If either side is
 * bfloat16, both are rounded to it and two images' products are summed at a time; then scratch, at a multiple of 64 bytes,
 * has 2 * (group + 1) * (fineImage + coarseImage) + 256 bytes.
 */
void convolveWeights(int64_t plan, int fineType, int64_t fine, int coarseType, int64_t coarse, int64_t gradient,
                     int images, int64_t scratch);

/** Lays out what a gradient of weights sums up, see WeightProducts, as convolveWeights does. */
void pairProducts(int64_t products);

/** gradient (rows, columns) = the sum of products that are laid out. */
void sumProducts(int64_t products, int64_t gradient, int rows);

/** target (count) = source (count) float32, rounded to bfloat16. */
void narrow(int64_t source, int64_t target, int64_t count);

/** target (blocks, columns, rows) = source (blocks, rows, columns) transposed, for blocks begin to end - 1. */
void transpose(int64_t source, int64_t target, int rows, int columns, int begin, int end);

/** target, bfloat16 (blocks, rows / 2, columns, 2) = source (blocks, rows, columns); rows are even. */
void pairRows(int64_t source, int64_t target, int rows, int columns, int begin, int end);

/** target, bfloat16 (blocks, columns / 2, rows, 2) = source (blocks, rows, columns); columns are even. */
void transposePairs(int64_t source, int64_t target, int rows, int columns, int begin, int end);

/**
 * biasGradient (columns) = sums over the rows of d (rows, columns) of the given type, zeroed in place where gate, of the
 * same type, is not positive, if given.
 */
void biasGradient(int type, int64_t d, int64_t gate, int64_t biasGradient, int64_t rows, int columns);

/** x (rows, size) = images (N, size) uint8 at indices / 255. */
void gather(int64_t images, int64_t indices, int64_t x, int rows, int size);

/** Standard normals number first to first + count - 1 of the stream NOISE. */
void normal(int64_t seed, int step, int64_t first, int64_t count, int64_t out);

/** Codes and KL terms (terms[0] on), see LatentPlan; scratch (3, Z). */
void latentForward(int64_t plan, int64_t eps, int64_t terms, int64_t scratch);

/** dHeads from dCodes and the KL terms' weights. */
void latentBackward(int64_t plan, int64_t eps, float beta, float betaPrivate, int64_t scratch);

/**
 * Likelihood of blocks * rows images of size floats against rows targets. terms[i] = nll of block i; dLogits, mean and
 * target may be 0.
 */
void likelihood(int kind, double scale, int64_t weights, int64_t logits, int64_t target, int64_t mean, int64_t dLogits,
                int64_t terms, int blocks, int rows, int size);

/**
 * target (float32) = the transposed convolution of source to few channels, without bias; see OutputPlan, of one block. weights
 * and scratch as for output.
 */
void convolveToFew(int64_t plan, int sourceType, int64_t source, int64_t weights, int64_t target, int64_t scratch);

/**
 * A transposed convolution to few channels with its likelihood; see OutputPlan. weights (coarse channels, k * k * fine
 * channels), paired if the source is bfloat16; dLogits and biasGradient may be 0 together, mean and target each.
 */
void output(int64_t plan, int sourceType, int kind, double scale, int64_t blockWeights, int64_t source, int64_t weights,
            int64_t bias, int64_t target, int64_t mean, int64_t dLogits, int64_t biasGradient, int64_t terms,
            int64_t scratch);

/**
 * dLogits (rows, size) from the gradient of means; biasGradient (channels, at most 4) = its sums over the pixels, or 0.
 */
void meanGradient(int64_t mean, int64_t dMean, int64_t dLogits, int64_t biasGradient, int rows, int size, int channels);

/** terms[0] = cross-entropy of logits (rows, classes); dLogits may be 0. */
void crossEntropy(int64_t logits, int64_t labels, int64_t dLogits, int64_t terms, int rows, int classes);

/**
 * Group normalisation of images (area, channels) of type; weight and bias may be 0. statistics (images, groups, 2) keeps
 * mean and inverse deviation; scratch: 4 times the channels, rounded up to 16.
 */
void normForward(int type, int64_t x, int64_t weight, int64_t bias, int64_t y, int64_t statistics, int64_t scratch,
                 int images, int area, int channels, int groups, int relu);

/** Its gradients, overwritten; weight, dx, dWeight and dBias may be 0, and y without relu. */
void normBackward(int type, int64_t x, int64_t y, int64_t dy, int64_t weight, int64_t statistics, int64_t dx,
                  int64_t dWeight, int64_t dBias, int64_t scratch, int images, int area, int channels, int groups,
                  int relu);

/** y = the largest of each window of size x size pixels of images (height, width, channels). */
void poolForward(int type, int64_t x, int64_t y, int images, int height, int width, int channels, int size);

/** dx = dy where x was the first of its window's largest, else 0. */
void poolBackward(int type, int64_t x, int64_t dy, int64_t dx, int images, int height, int width, int channels,
                  int size);

/**
 * y = x * factor (images, area, channels): 0 where the draw lies below threshold, else scale. Draws of stream DROPOUT, from
 * firstDraw on, of the elements in canonical order or, if wholeChannels is not 0, of the channels.
 */
void dropout(int type, int64_t seed, int step, int64_t firstDraw, int64_t threshold, float scale, int wholeChannels,
             int64_t x, int64_t y, int images, int area, int channels);

/** y = a + b, through ReLU if relu is not 0; y may be a. */
void add(int type, int64_t a, int64_t b, int64_t y, int64_t count, int relu);

/** d = dy where y is positive, else 0; all of dy if y is 0. */
void gateCopy(int type, int64_t y, int64_t dy, int64_t d, int64_t count);

/** The first columns of target's rows = those of source's; float32. */
void copyColumns(int64_t source, int sourceColumns, int64_t target, int targetColumns, int rows, int columns);

/** Zeros. */
void zero(int64_t target, int64_t bytes);

/** y = augmented x, images (B, H, W, C), see AugmentPlan; draws from the stream AUGMENT. */
void augment(int64_t plan, int64_t seed, int step, int64_t x, int64_t y);

/** dx = the adjoint applied to dy, overwritten. */
void augmentBackward(int64_t plan, int64_t seed, int step, int64_t dy, int64_t dx);

/** term[0] = InfoNCE both ways, in nats, see ContrastPlan; leaves in scratch what contrastBackward reads. */
void contrast(int64_t plan, int64_t term, int64_t scratch);

/** Adds to the plan's gradients. */
void contrastBackward(int64_t plan, int64_t scratch);

/** term[0] = sum of 1 - cosine over count rows of a and target, by their first columns columns. */
void cosine(int64_t a, int64_t target, int aStride, int targetStride, int count, int columns, int64_t term);

/** Adds to dA, rows as a's. */
void cosineBackward(int64_t a, int64_t target, int64_t dA, int aStride, int targetStride, int count, int columns,
                    float weight);

/** One Adam update of floats begin to end - 1 from the shards' gradients (a list of addresses), added in order. */
void adam(int64_t value, int64_t m, int64_t v, int64_t gradients, int shards, int64_t begin, int64_t end, double beta1,
          double beta2, double epsilon, double learningRate, int step);

/**
 * The same of weights begin to end - 1 of one linear layer, whole rows of at most maxProductColumns, whose gradient is summed
 * on the way: products (a list of addresses) of each shard are laid out.
 */
void adamOfProducts(int64_t value, int64_t m, int64_t v, int64_t products, int shards, int64_t begin, int64_t end,
                    double beta1, double beta2, double epsilon, double learningRate, int step);

/** Multiply-adds of products of a type, without memory. Returns how many floating-point operations they were. */
int64_t peak(int type, int64_t rounds);

}  // namespace DUET_ISA
}  // namespace duet
