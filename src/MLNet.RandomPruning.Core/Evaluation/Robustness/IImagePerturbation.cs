using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Evaluation.Robustness;

/// <summary>A step of a perturbation that changes each image by itself, so that threads may share them out.</summary>
internal interface IImagePerturbation
{
    /// <summary>How many values of scratch it needs for an image.</summary>
    int ScratchLength(ImageShape shape);

    /// <summary>Changes one image of the context's batch.</summary>
    void PerturbImage(PerturbationContext context, int image, Span<double> scratch);
}
