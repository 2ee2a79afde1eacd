using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Tool.Scoring;

/// <summary>Scores image files with an ML.NET pipeline: scaled to the model's size, then through the model.</summary>
internal static class ImageScorer
{
    /// <summary>Scores all images, in their order.</summary>
    public static IReadOnlyList<Prediction> Score(MLContext mlContext, RandomPrunedResNetTransformer model, ImageFiles images)
    {
        var shape = model.Model.Network.InputShape;
        var scaled = mlContext.Transforms
            .ResizeImages(model.FeatureColumnName, imageWidth: shape.Width, imageHeight: shape.Height, inputColumnName: ImageFiles.ImageName)
            .Fit(images).Transform(images);
        return Read(model.Transform(scaled), model.Model.ClassNames);
    }

    // One pass for all columns, so that each file is read once.
    private static List<Prediction> Read(IDataView scored, IReadOnlyList<string> classNames)
    {
        var fileColumn = scored.Schema[ImageFiles.FileName];
        var scoreColumn = scored.Schema["Score"];
        var labelColumn = scored.Schema["PredictedLabel"];
        using var cursor = scored.GetRowCursor([fileColumn, scoreColumn, labelColumn]);
        var getFile = cursor.GetGetter<ReadOnlyMemory<char>>(fileColumn);
        var getScores = cursor.GetGetter<VBuffer<float>>(scoreColumn);
        var getLabel = cursor.GetGetter<uint>(labelColumn);
        var predictions = new List<Prediction>();
        ReadOnlyMemory<char> file = default;
        VBuffer<float> scores = default;
        uint key = 0;
        while (cursor.MoveNext())
        {
            getFile(ref file);
            getScores(ref scores);
            getLabel(ref key);
            float[] probabilities = [.. scores.DenseValues()];
            int label = (int)key - 1;
            predictions.Add(new Prediction(file.ToString(), classNames[label], probabilities[label], probabilities));
        }

        return predictions;
    }
}
