using MLNet.RandomPruning.Columns;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Masks;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning;

public sealed partial class RandomMaskEstimator
{
    /// <summary>The options of <see cref="RandomMaskEstimator"/>.</summary>
    public sealed class Options
    {
        /// <summary>The column that is added and carries the masks.</summary>
        public string OutputColumnName = "Mask";

        /// <summary>The column with the images: their size belongs to the network, and SNIP and GraSP are measured on them.</summary>
        public string FeatureColumnName = "Features";

        /// <summary>The column with the labels, a key: the number of classes belongs to the network.</summary>
        public string LabelColumnName = "Label";

        /// <summary>The network, ResNet-A-B: A layers (8, 14, 20, 32, …) and B filters in the first convolution.</summary>
        public string Network = ResNet.DefaultName;

        /// <summary>
        /// How the density is spread over the layers; a name such as "ERK" will do. SNIP and GraSP are measured on the images that the
        /// stage is fitted to; all of them are read for that.
        /// </summary>
        public LayerwiseRatio LayerwiseRatio = LayerwiseRatio.ErdosRenyiKernel;

        /// <summary>
        /// The fraction of weights (with the <see cref="Granularity"/> Filter or Channel, of these) that never exist, from 0 to below 1; not
        /// looked at when the ratio determines it.
        /// </summary>
        public double Sparsity = 0.9;

        /// <summary>What is kept or pruned as a whole; a name will do, for example "Filter".</summary>
        public MaskGranularity Granularity = MaskGranularity.Unstructured;

        /// <summary>Whether each layer keeps exactly its share, or each weight is drawn on its own.</summary>
        public MaskSampling MaskSampling = MaskSampling.Exact;

        /// <summary>How SNIP and GraSP are measured; no other ratio looks at it.</summary>
        public SaliencyOptions Saliency = new();

        /// <summary>
        /// The seed of the positions; null to draw it from the environment, which with a seeded <see cref="Microsoft.ML.MLContext"/> gives
        /// the same one each time.
        /// </summary>
        public long? Seed;

        /// <summary>Mean and standard deviation of the pixels, for SNIP and GraSP; null to estimate them from the images.</summary>
        public PixelNormalization? Normalization;

        /// <summary>What measures SNIP and GraSP: by default libtorch where there is a CUDA device, the built-in sparse engine otherwise.</summary>
        public TrainingEngineKind Engine = TrainingEngineKind.Auto;

        /// <summary>Where the TorchSharp engine computes: cpu, cuda, cuda:N or auto. The sparse engine does not look at it.</summary>
        public string Device = "auto";

        /// <summary>How many threads measure, at least 1; null for as many as there are processors. The masks do not depend on it.</summary>
        public int? NumberOfThreads;

        /// <summary>Stops <see cref="Fit"/>, which then throws <see cref="OperationCanceledException"/>.</summary>
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

        /// <summary>A copy: what a caller changes later must not change an estimator.</summary>
        internal Options Clone() => (Options)MemberwiseClone();

        /// <summary>Checks all that can be checked without data.</summary>
        internal void Validate()
        {
            ArgumentException.ThrowIfNullOrEmpty(OutputColumnName);
            ArgumentException.ThrowIfNullOrEmpty(FeatureColumnName);
            ArgumentException.ThrowIfNullOrEmpty(LabelColumnName);
            ResNet.Parse(Network);
            Masks.Validate();
            if (NumberOfThreads < 1)
            {
                throw new ArgumentException($"NumberOfThreads is {NumberOfThreads}, but must be at least 1, or null for as many as there are processors.");
            }

            _ = DeclaredShape;
            Pixels.Validate();
        }
    }
}
