using System;
using System.Globalization;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Where a tensor lies; index −1 means the current device of its type.</summary>
    public class Device
    {
        public Device(DeviceType deviceType, int index = -1)
        {
            type = deviceType;
            this.index = index;
        }

        /// <summary>Reads a name such as <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</summary>
        public Device(string description)
        {
            ArgumentNullException.ThrowIfNull(description);
            string[] parts = description.Split(':');
            if (parts.Length > 2
                || !Enum.TryParse(parts[0], ignoreCase: true, out DeviceType parsed)
                || !char.IsLetter(parts[0][0]))
            {
                throw new ArgumentException($"'{description}' names no device.", nameof(description));
            }

            type = parsed;
            index = parts.Length == 1 ? -1 : int.Parse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture);
        }

        public DeviceType type { get; }

        public int index { get; }

        public override string ToString() =>
            string.Create(CultureInfo.InvariantCulture, $"{type.ToString().ToLowerInvariant()}{(index < 0 ? "" : $":{index}")}");
    }
}
