import { loadFaiss } from './faiss.ts'
import { testVectorDriver } from './vector-index.contract.ts'

testVectorDriver(loadFaiss())
