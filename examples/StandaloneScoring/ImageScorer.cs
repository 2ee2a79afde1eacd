using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Models;
using StandaloneScoring.Images;

namespace StandaloneScoring;

/// <summary>What one image shows.</summary>
/// <param name="Labels">All labels with their probabilities, the most probable first.</param>
/// <param name="OutOfDistribution">How far the image is from what the model was trained on; null when not asked for.</param>
internal sealed record Prediction(IReadOnlyList<(string Label, float Probability)> Labels, double? OutOfDistribution);

/// <summary>Scores images of any size.</summary>
internal sealed class ImageScorer
{
    private readonly PrunedModel _model;
    private readonly float[] _scores;
    private readonly double[] _outOfDistribution = new double[1];

    /// <param name="model">A model that reads interleaved pixels.</param>
    /// <exception cref="NotSupportedException">Its images are neither in colour nor grey.</exception>
    public ImageScorer(PrunedModel model)
    {
        _model = model;
        _scores = new float[model.ClassCount];
        if (model.InputShape.Channels is not (1 or RgbImage.Channels))
        {
            throw new NotSupportedException($"The model's images have {model.InputShape.Channels} channels, and this program scores grey images (1) and colour images (3).");
        }
    }

    /// <summary>Scores an image.</summary>
    public Prediction Score(RgbImage image, OutOfDistributionScore? score)
    {
        byte[] pixels = PixelsOf(image);
        if (score is null)
        {
            _model.Predict(pixels, _scores);
        }
        else
        {
            _model.Predict(pixels, _scores, _outOfDistribution, score);
        }

        var order = new int[_scores.Length];
        for (int label = 0; label < order.Length; label++)
        {
            order[label] = label;
        }

        // Of equally probable labels the first comes first, as it does in Classify.
        Array.Sort(order, (left, right) => _scores[left] != _scores[right] ? _scores[right].CompareTo(_scores[left]) : left.CompareTo(right));
        return new Prediction(Array.ConvertAll(order, label => (_model.ClassNames[label], _scores[label])), score is null ? null : _outOfDistribution[0]);
    }

    /// <summary>An image's pixels in the model's size.</summary>
    public byte[] PixelsOf(RgbImage image)
    {
        var shape = _model.InputShape;
        byte[] colours = ImageScaler.Cover(image, shape.Width, shape.Height);
        if (shape.Channels == RgbImage.Channels)
        {
            return colours;
        }

        // Luma (ITU-R BT.601).
        var grey = new byte[shape.PlaneSize];
        for (int pixel = 0; pixel < grey.Length; pixel++)
        {
            var colour = colours.AsSpan(pixel * RgbImage.Channels, RgbImage.Channels);
            grey[pixel] = (byte)((299 * colour[0] + 587 * colour[1] + 114 * colour[2] + 500) / 1000);
        }

        return grey;
    }
}
