#!/usr/bin/env python3
# Puts every board's bitstream into a folder, with the sums that tell whether they arrived whole.
# SPDX-License-Identifier: MIT
"""usage: constraints/dist.py FOLDER

FOLDER gets BOARD.bit (ECP5) or BOARD.bin (iCE40) and SHA256SUMS, as sha256sum -c reads it.
"""
import hashlib, os, shutil, sys

import boards as known


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = sys.argv[1]
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with open(f'{folder}/SHA256SUMS', 'w') as sums:
        for name, board in known.boards().items():
            file = known.file_of(name)
            shutil.copyfile(f'{known.BUILD}/bitstream/{file}', f'{folder}/{file}')
            with open(f'{folder}/{file}', 'rb') as data:
                sums.write(f'{hashlib.sha256(data.read()).hexdigest()}  {file}\n')
            print(f'{folder}/{file}: {board["title"]}')


main()
