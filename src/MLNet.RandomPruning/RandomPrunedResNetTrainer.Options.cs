using Microsoft.ML;
using MLNet.RandomPruning.Columns;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Masks;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Scoring;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning;

public sealed partial class RandomPrunedResNetTrainer
{
    /// <summary>
    /// The options of <see cref="RandomPrunedResNetTrainer"/>. The defaults are the paper's recipe for CIFAR
    /// (Liu et al., ICLR 2022, Table 1).
    /// </summary>
    public sealed class Options
    {
        /// <summary>The column with the labels, a key.</summary>
        public string LabelColumnName = "Label";

        /// <summary>The column with the images.</summary>
        public string FeatureColumnName = "Features";

        /// <summary>
        /// The column of logits that scoring adds beside the probabilities, for example "Logits"; null for none. Out-of-distribution
        /// scores such as the energy take it; <see cref="RandomPrunedResNetTransformer.WithLogits"/> adds it to a trained model.
        /// </summary>
        public string? LogitsColumnName;

        /// <summary>The network, ResNet-A-B: A layers (8, 14, 20, 32, …) and B filters in the first convolution.</summary>
        public string Network = ResNet.DefaultName;

        /// <summary>
        /// How the density is spread over the layers; a name such as "ERK" will do. SNIP and GraSP are measured on the training images
        /// first (<see cref="Saliency"/>).
        /// </summary>
        public LayerwiseRatio LayerwiseRatio = LayerwiseRatio.ErdosRenyiKernel;

        /// <summary>
        /// The fraction of weights (with the <see cref="Granularity"/> Filter or Channel, of these) that never exist, from 0 to below 1; not
        /// looked at when the ratio determines it.
        /// </summary>
        public double Sparsity = 0.9;

        /// <summary>What is kept or pruned as a whole: single weights unless told otherwise; a name will do, for example "Filter", "1x4" or "2:4".</summary>
        public MaskGranularity Granularity = MaskGranularity.Unstructured;

        /// <summary>Whether each layer keeps exactly its share, or each weight or unit is drawn on its own.</summary>
        public MaskSampling MaskSampling = MaskSampling.Exact;

        /// <summary>How SNIP and GraSP are measured; no other ratio looks at it.</summary>
        public SaliencyOptions Saliency = new();

        /// <summary>
        /// The column that carries the masks to train with, from <c>mlContext.Transforms.GenerateRandomMask</c> or <c>LoadMask</c>; null for
        /// masks of the trainer's own. With it <see cref="LayerwiseRatio"/>, <see cref="Sparsity"/>, <see cref="Granularity"/> and
        /// <see cref="MaskSampling"/> are not looked at.
        /// </summary>
        public string? MaskColumnName;

        /// <summary>
        /// Whether and how the masks change while the network trains: static unless told otherwise; a name will do, for example
        /// "Gradual", "SET" or "RigL". The masks of the options or of the mask column are those at which gradual pruning ends, and those
        /// with which SET and RigL begin.
        /// </summary>
        public MaskSchedule MaskSchedule = MaskSchedule.Static;

        /// <summary>
        /// A trained model to go on from, with its network, masks and pixel normalisation; null to start anew. The classes must be the
        /// model's, in its order. With it <see cref="Network"/>, <see cref="LayerwiseRatio"/>, <see cref="Sparsity"/>,
        /// <see cref="Granularity"/>, <see cref="MaskSampling"/>, <see cref="Initializer"/> and <see cref="Normalization"/> are not looked at;
        /// with a <see cref="MaskColumnName"/> its masks replace the model's, and weights that only they keep start at zero. The
        /// history of the new model is that of the old one with the new epochs after it; callbacks and log count the epochs of this training.
        /// </summary>
        public TrainedModel? InitialModel;

        /// <summary>
        /// The seed of masks, first weights, image order and augmentation; null to draw it from the environment, which with a
        /// seeded <see cref="MLContext"/> gives the same one each time.
        /// </summary>
        public long? Seed;

        /// <summary>The number of passes over the training images, at least 1.</summary>
        public int Epochs = 160;

        /// <summary>The number of images in a step, at least 1.</summary>
        public int BatchSize = 128;

        /// <summary>The largest learning rate, above 0.</summary>
        public double LearningRate = 0.1;

        /// <summary>How the learning rate moves; ÷10 at half and at three quarters of the epochs unless told otherwise.</summary>
        public LearningRateSchedule LearningRateSchedule = new MultiStepSchedule();

        /// <summary>The number of epochs over which the learning rate rises to the schedule's.</summary>
        public int WarmupEpochs;

        /// <summary>The momentum, from 0 to below 1.</summary>
        public double Momentum = 0.9;

        /// <summary>Whether the momentum is Nesterov's.</summary>
        public bool Nesterov = true;

        /// <summary>The weight decay, from 0.</summary>
        public double WeightDecay = 5e-4;

        /// <summary>Whether weight decay also acts on batch-norm parameters and biases.</summary>
        public bool DecayNormAndBias = true;

        /// <summary>The share of the target that is spread evenly over all classes, from 0 to below 1.</summary>
        public double LabelSmoothing;

        /// <summary>How training images are varied: shifted by up to 4 pixels and mirrored unless told otherwise.</summary>
        public Augmentation Augmentation = Augmentation.Cifar10;

        /// <summary>
        /// How the first weights are drawn; a name will do: "kaiming-normal", "kaiming-normal-by-density", "kaiming-uniform",
        /// "xavier-normal", "orthogonal" or "binary".
        /// </summary>
        public WeightInitializer Initializer = WeightInitializer.KaimingNormal;

        /// <summary>Mean and standard deviation of the pixels; null to estimate them from the training images.</summary>
        public PixelNormalization? Normalization;

        /// <summary>
        /// Images by which the best epoch is chosen, as they come out of the pipeline before the trainer; null for none.
        /// </summary>
        public IDataView? ValidationSet;

        /// <summary>
        /// The share of the training images that is held out to choose the best epoch by when there is no
        /// <see cref="ValidationSet"/>, from 0 to below 1; drawn with the seed.
        /// </summary>
        public double ValidationFraction;

        /// <summary>Training stops after this many epochs in a row that were no better in validation; null to run all epochs.</summary>
        public int? EarlyStoppingPatience;

        /// <summary>What trains: by default libtorch where there is a CUDA device, the built-in sparse engine otherwise.</summary>
        public TrainingEngineKind Engine = TrainingEngineKind.Auto;

        /// <summary>Where the TorchSharp engine computes: cpu, cuda, cuda:N or auto. The sparse engine does not look at it.</summary>
        public string Device = "auto";

        /// <summary>
        /// Whether bfloat16 is used where it makes training faster: the sparse engine keeps activations and their gradients in it
        /// between the parts of a step, which at high sparsity saves most of the time and half of the memory; the TorchSharp engine runs
        /// convolutions in it. Weights, sums and statistics have 32 bits.
        /// </summary>
        public bool MixedPrecision;

        /// <summary>How many threads train, at least 1; null for as many as there are processors. The model does not depend on it.</summary>
        public int? NumberOfThreads;

        /// <summary>A file that takes a checkpoint after each epoch and on cancellation; null for none.</summary>
        public string? CheckpointPath;

        /// <summary>Whether to go on from the checkpoint at <see cref="CheckpointPath"/>, if there is one, to the bits of a straight run.</summary>
        public bool ResumeFromCheckpoint;

        /// <summary>Whether the metrics of each epoch hold the norm of the gradient at each step; the model's history does so too.</summary>
        public bool TrackStepGradientNorms;

        /// <summary>Whether the metrics of each epoch hold the mean norm of the gradient of each layer; the model's history does so too.</summary>
        public bool TrackLayerGradientNorms;

        /// <summary>Called after each epoch with what it found, on the thread that trains.</summary>
        public Action<EpochMetrics>? MetricsCallback;

        /// <summary>Called between steps, at most ten times a second, on the thread that trains.</summary>
        public Action<StepProgress>? ProgressCallback;

        /// <summary>How another thread asks for a checkpoint while training runs.</summary>
        public TrainingControl? Control;

        /// <summary>
        /// Stops training; <see cref="Fit(IDataView)"/> then returns the best model so far. Cancelled before training has begun, it
        /// throws <see cref="OperationCanceledException"/>.
        /// </summary>
        public CancellationToken CancellationToken;

        /// <summary>The feature value of black, for features of type Single.</summary>
        public float PixelMinimum;

        /// <summary>The feature value of full brightness, for features of type Single; 1 for features from 0 to 1.</summary>
        public float PixelMaximum = 255;

        /// <summary>Whether a vector of pixels runs [row][column][channel] instead of [channel][row][column].</summary>
        public bool InterleavePixelColors;

        /// <summary>
        /// The rows of the images, where neither the type of the feature column nor its size tells; takes
        /// <see cref="ImageWidth"/> as well.
        /// </summary>
        public int? ImageHeight;

        /// <summary>The columns of the images, where neither the type of the feature column nor its size tells.</summary>
        public int? ImageWidth;

        /// <summary>The channels of the images, together with <see cref="ImageHeight"/> and <see cref="ImageWidth"/>.</summary>
        public int ImageChannels = FeatureColumn.ImageChannels;

        internal PixelOptions Pixels => new(PixelMinimum, PixelMaximum, InterleavePixelColors);

        internal ImageShape? DeclaredShape => ImageSize.Declared(ImageHeight, ImageWidth, ImageChannels);

        internal MaskRecipe Masks => new(LayerwiseRatio, Sparsity, Granularity, MaskSampling, Saliency);

        internal TrainingRecipe Recipe(long seed) => new()
        {
            Epochs = Epochs,
            BatchSize = BatchSize,
            LearningRate = LearningRate,
            Momentum = Momentum,
            Nesterov = Nesterov,
            WeightDecay = WeightDecay,
            DecayNormAndBias = DecayNormAndBias,
            Schedule = LearningRateSchedule,
            WarmupEpochs = WarmupEpochs,
            LabelSmoothing = LabelSmoothing,
            Augmentation = Augmentation,
            Seed = seed,
            EarlyStoppingPatience = EarlyStoppingPatience,
            TrackStepGradientNorms = TrackStepGradientNorms,
            TrackLayerGradientNorms = TrackLayerGradientNorms,
        };

        /// <summary>A copy: what a caller changes later must not change a trainer.</summary>
        internal Options Clone() => (Options)MemberwiseClone();

        /// <summary>Checks all that can be checked without data.</summary>
        internal void Validate()
        {
            ArgumentException.ThrowIfNullOrEmpty(LabelColumnName);
            ArgumentException.ThrowIfNullOrEmpty(FeatureColumnName);
            ScoringColumns.CheckLogits(LogitsColumnName);
            ArgumentNullException.ThrowIfNull(Initializer);
            ArgumentNullException.ThrowIfNull(MaskSchedule);
            Masks.Validate();
            ResNet.Parse(Network);
            if (MaskColumnName is { Length: 0 })
            {
                throw new ArgumentException("MaskColumnName is empty; name the column that carries the masks, or leave it null for masks of the trainer's own.");
            }

            if (!(ValidationFraction is >= 0 and < 1))
            {
                throw new ArgumentException($"ValidationFraction is {ValidationFraction}, but must be from 0 to below 1.");
            }

            if (ValidationFraction > 0 && ValidationSet is not null)
            {
                throw new ArgumentException("ValidationSet and ValidationFraction are both given; take one of them.");
            }

            if (NumberOfThreads < 1)
            {
                throw new ArgumentException($"NumberOfThreads is {NumberOfThreads}, but must be at least 1, or null for as many as there are processors.");
            }

            if (ResumeFromCheckpoint && CheckpointPath is null)
            {
                throw new ArgumentException("ResumeFromCheckpoint is set, but there is no CheckpointPath to go on from.");
            }

            _ = DeclaredShape;
            Pixels.Validate();
            Recipe(seed: 0).Validate();
        }
    }
}
